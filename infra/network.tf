# The network from which the functions reach the database: one that is there, one of its own, or none where the database
# has a public address. Functions use Direct VPC egress: no connector, no machine that runs all the time.

locals {
  makes_network = var.network == null && var.database == "create"
  makes_peering = var.database == "create" && var.connectivity != "psc" && var.private_services_access
  uses_network  = var.network != null || local.makes_network

  network    = local.makes_network ? "${local.parent}/global/networks/${one(google_compute_network.this[*].name)}" : var.network
  subnetwork = local.makes_network ? "${local.parent}/regions/${var.region}/subnetworks/${one(google_compute_subnetwork.this[*].name)}" : var.subnetwork
}

resource "google_compute_network" "this" {
  count = local.makes_network ? 1 : 0

  name                    = "${var.prefix}-loader"
  auto_create_subnetworks = false

  depends_on = [google_project_service.this]
}

resource "google_compute_subnetwork" "this" {
  count = local.makes_network ? 1 : 0

  name                     = "${var.prefix}-loader"
  region                   = var.region
  network                  = google_compute_network.this[0].name
  ip_cidr_range            = var.subnet_range
  private_ip_google_access = true
}

# Private services access: a range of addresses that Google's database takes, and the peering with its network.
resource "google_compute_global_address" "services" {
  count = local.makes_peering ? 1 : 0

  name          = "${var.prefix}-services"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = local.network

  depends_on = [google_project_service.this]
}

resource "google_service_networking_connection" "services" {
  count = local.makes_peering ? 1 : 0

  network                 = local.network
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services[0].name]
  deletion_policy         = "ABANDON"
}
