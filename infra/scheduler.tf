# Scheduler calls each family with an OIDC token of the invoker and waits up to 30 minutes for the answer.
# 503 means that a later call can mend it: Scheduler repeats it. A tick that finds nothing to do ends in milliseconds.

resource "google_cloud_scheduler_job" "family" {
  for_each = local.families

  name             = each.value.name
  region           = var.region
  description      = "Loads ${each.key}"
  schedule         = each.value.schedule
  time_zone        = var.time_zone
  paused           = each.value.paused
  attempt_deadline = "1800s"

  http_target {
    http_method = "POST"
    uri         = "https://${each.value.name}-${local.host}/"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")

    oidc_token {
      service_account_email = local.email.invoker
      audience              = "https://${each.value.name}-${local.host}"
    }
  }

  retry_config {
    retry_count          = 3
    min_backoff_duration = "30s"
    max_backoff_duration = "300s"
    max_doublings        = 3
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}
