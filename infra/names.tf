# Names that many files need. They are put together from what is known before anything is made, so that a plan shows them.

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  number = data.google_project.this.number
  parent = "projects/${var.project_id}"
  place  = "${local.parent}/locations/${var.region}"

  # A service of Cloud Run has an address that depends on its name alone, so that functions may know of each other.
  host = "${local.number}.${var.region}.run.app"

  # Google's own accounts that deliver messages and tasks.
  pubsub_agent = "serviceAccount:service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}
