# Cloud Build runs cloudbuild.yaml with every push to one branch.

locals {
  # What a build calls to see whether a release works: a small family, of those that are deployed.
  smoke_family = concat([for id in ["instance", "projects", "groups"] : id if contains(keys(local.families), id)], keys(local.families))[0]
}

resource "google_cloudbuild_trigger" "deploy" {
  count = var.build_repository == null ? 0 : 1

  name            = "${var.prefix}-deploy"
  location        = var.region
  description     = "Builds, tests and deploys gitlab-alloydb"
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.this["deployer"].id

  repository_event_config {
    repository = var.build_repository
    push {
      branch = var.build_branch
    }
  }

  substitutions = {
    _REGION       = var.region
    _PREFIX       = var.prefix
    _REPOSITORY   = local.registry
    _STATE_BUCKET = var.state_bucket
    _SMOKE_FAMILY = local.smoke_family
  }

  depends_on = [google_project_iam_member.deployer]
}
