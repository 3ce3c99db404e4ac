# When the time of a run is up, it asks for another one, by Cloud Tasks, Pub/Sub or the backfill job.
# Delivered twice is no harm: both runs share what is left.

# Cloud Tasks waits up to 30 minutes for an answer, as Scheduler does.
resource "google_cloud_tasks_queue" "continuation" {
  count = var.continuation == "tasks" ? 1 : 0

  name     = "${var.prefix}-continuation"
  location = var.region

  rate_limits {
    max_concurrent_dispatches = 100
    max_dispatches_per_second = 10
  }

  retry_config {
    max_attempts       = 10
    min_backoff        = "10s"
    max_backoff        = "600s"
    max_retry_duration = "7200s"
  }

  depends_on = [google_project_service.this]
}

resource "google_cloud_tasks_queue_iam_member" "loader_enqueues" {
  count = var.continuation == "tasks" ? 1 : 0

  name     = google_cloud_tasks_queue.continuation[0].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = local.member.loader
}

# A task is signed as the invoker, so who makes it must be allowed to act as the invoker.
resource "google_service_account_iam_member" "loader_acts_as_invoker" {
  count = var.continuation == "tasks" ? 1 : 0

  service_account_id = google_service_account.this["invoker"].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.member.loader
}

# Pub/Sub: one topic, and for each family a subscription that takes the messages of that family.
resource "google_pubsub_topic" "continuation" {
  count = var.continuation == "pubsub" ? 1 : 0

  name                       = "${var.prefix}-continuation"
  labels                     = var.labels
  message_retention_duration = "86400s"

  depends_on = [google_project_service.this]
}

resource "google_pubsub_topic_iam_member" "loader_publishes" {
  count = var.continuation == "pubsub" ? 1 : 0

  topic  = google_pubsub_topic.continuation[0].name
  role   = "roles/pubsub.publisher"
  member = local.member.loader
}

resource "google_pubsub_subscription" "continuation" {
  for_each = var.continuation == "pubsub" ? local.families : {}

  name                       = "${each.value.name}-continuation"
  topic                      = google_pubsub_topic.continuation[0].name
  labels                     = var.labels
  filter                     = "attributes.family = \"${each.key}\""
  ack_deadline_seconds       = 600
  message_retention_duration = "86400s"

  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = "https://${each.value.name}-${local.host}/"
    oidc_token {
      service_account_email = local.email.invoker
      audience              = "https://${each.value.name}-${local.host}"
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = "${local.parent}/topics/${google_pubsub_topic.dead_letters[0].name}"
    max_delivery_attempts = var.max_delivery_attempts
  }

  depends_on = [google_pubsub_topic_iam_member.agent_publishes_dead_letters]
}

# The backfill job takes what is left of all families.
resource "google_cloud_run_v2_job_iam_member" "loader_starts_backfill" {
  count = var.continuation == "job" ? 1 : 0

  name     = google_cloud_run_v2_job.this["backfill"].name
  location = var.region
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = local.member.loader
}
