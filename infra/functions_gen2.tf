# The same functions in the form of Cloud Functions, built from an archive of dist/: `gcloud functions call` knows only these.
# They reach a private address by way of a Serverless VPC Access connector.

resource "google_cloudfunctions2_function" "this" {
  for_each = var.form == "functions" ? local.functions : {}

  name     = each.value.name
  location = var.region
  labels   = var.labels

  build_config {
    runtime         = "nodejs24"
    entry_point     = each.key
    service_account = google_service_account.this["deployer"].id

    source {
      storage_source {
        bucket = var.source_bucket
        object = var.source_object
      }
    }
  }

  service_config {
    service_account_email            = local.email[each.value.account]
    timeout_seconds                  = each.value.timeout_seconds
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    min_instance_count               = 0
    max_instance_count               = each.value.max_instances
    max_instance_request_concurrency = each.value.concurrency
    environment_variables            = each.value.environment
    ingress_settings                 = "ALLOW_ALL"
    all_traffic_on_latest_revision   = true
    vpc_connector                    = each.value.account == "loader" ? var.vpc_connector : null
    vpc_connector_egress_settings    = each.value.account == "loader" && var.vpc_connector != null ? var.egress : null
  }

  depends_on = [google_project_service.this, google_secret_manager_secret_iam_member.reader, google_project_iam_member.deployer]
}
