# AlloyDB: a cluster with one instance, or one that is there; and the users that log in by IAM.

locals {
  makes_database = var.database == "create"
  has_alloydb    = var.database != "url"
  uses_iam       = local.has_alloydb && var.db_login == "iam"

  alloydb_instance = local.makes_database ? join("/", [
    local.place, "clusters", google_alloydb_cluster.this[0].cluster_id, "instances", google_alloydb_instance.this[0].instance_id
  ]) : var.alloydb_instance
  alloydb_cluster = local.has_alloydb ? regex("^projects/[^/]+/locations/[^/]+/clusters/[^/]+", local.alloydb_instance) : null
  alloydb_project = local.has_alloydb ? split("/", local.alloydb_instance)[1] : var.project_id
}

resource "google_alloydb_cluster" "this" {
  count = local.makes_database ? 1 : 0

  cluster_id       = "${var.prefix}-loader"
  location         = var.region
  database_version = var.alloydb_version
  deletion_policy  = var.deletion_protection ? "DEFAULT" : "FORCE"
  labels           = var.labels

  dynamic "network_config" {
    for_each = var.connectivity == "psc" ? [] : [local.network]
    content {
      network = network_config.value
    }
  }

  dynamic "psc_config" {
    for_each = var.connectivity == "psc" ? [true] : []
    content {
      psc_enabled = true
    }
  }

  continuous_backup_config {
    enabled              = true
    recovery_window_days = 14
  }

  depends_on = [google_project_service.this, google_service_networking_connection.services]
}

resource "google_alloydb_instance" "this" {
  count = local.makes_database ? 1 : 0

  cluster           = google_alloydb_cluster.this[0].name
  instance_id       = "primary"
  instance_type     = "PRIMARY"
  availability_type = var.alloydb_availability
  labels            = var.labels

  database_flags = { "alloydb.iam_authentication" = "on" }

  machine_config {
    cpu_count = var.alloydb_cpu_count
  }

  client_connection_config {
    require_connectors = var.alloydb_require_connectors
    ssl_config {
      ssl_mode = "ENCRYPTED_ONLY"
    }
  }

  dynamic "network_config" {
    for_each = var.connectivity == "public" ? [true] : []
    content {
      enable_public_ip = true
    }
  }

  dynamic "psc_instance_config" {
    for_each = var.connectivity == "psc" ? [true] : []
    content {
      allowed_consumer_projects = [local.number]
      psc_auto_connections {
        consumer_project = var.project_id
        consumer_network = local.network
      }
    }
  }
}

# A user of the database is the service account's e-mail without its ending.
resource "google_alloydb_user" "loader" {
  count = local.uses_iam ? 1 : 0

  cluster        = local.alloydb_cluster
  user_id        = trimsuffix(local.email.loader, ".gserviceaccount.com")
  user_type      = "ALLOYDB_IAM_USER"
  database_roles = ["alloydbiamuser"]

  depends_on = [google_alloydb_instance.this]
}

resource "google_alloydb_user" "admin" {
  for_each = local.has_alloydb ? toset(var.database_admins) : toset([])

  cluster        = local.alloydb_cluster
  user_id        = each.value
  user_type      = "ALLOYDB_IAM_USER"
  database_roles = ["alloydbiamuser", "alloydbsuperuser"]

  depends_on = [google_alloydb_instance.this]
}
