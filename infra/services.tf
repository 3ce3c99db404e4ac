# The APIs that the rest needs. They stay enabled when this is destroyed: others may use them.

locals {
  services = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "cloudbuild.googleapis.com",
      "cloudscheduler.googleapis.com",
      "compute.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "run.googleapis.com",
      "secretmanager.googleapis.com",
    ],
    var.database == "url" ? [] : ["alloydb.googleapis.com"],
    local.makes_peering ? ["servicenetworking.googleapis.com"] : [],
    var.webhooks || var.continuation == "pubsub" ? ["pubsub.googleapis.com"] : [],
    var.continuation == "tasks" ? ["cloudtasks.googleapis.com"] : [],
    var.form == "functions" ? ["cloudfunctions.googleapis.com"] : [],
  ))
}

resource "google_project_service" "this" {
  for_each = local.services

  project            = var.project_id
  service            = each.value
  disable_on_destroy = false
}
