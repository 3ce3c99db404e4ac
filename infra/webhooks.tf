# GitLab -> receive (public, checks, publishes) -> topic -> webhooks (fetches the objects and merges them).

locals {
  webhook_functions = {
    receive = {
      name            = "${var.prefix}-receive"
      account         = "receiver"
      concurrency     = 80
      cpu             = "1"
      memory          = "512Mi"
      timeout_seconds = 30
      max_instances   = 10
      environment     = local.receiver_settings
    }
    webhooks = {
      name            = "${var.prefix}-webhooks"
      account         = "loader"
      concurrency     = var.webhook_concurrency
      cpu             = "1"
      memory          = "1Gi"
      timeout_seconds = 300
      max_instances   = var.max_instances
      environment     = local.loader_settings
    }
  }
}

resource "google_pubsub_topic" "webhooks" {
  count = var.webhooks ? 1 : 0

  name                       = "${var.prefix}-webhooks"
  labels                     = var.labels
  message_retention_duration = "604800s"

  depends_on = [google_project_service.this]
}

resource "google_pubsub_topic_iam_member" "receiver_publishes" {
  count = var.webhooks ? 1 : 0

  topic  = google_pubsub_topic.webhooks[0].name
  role   = "roles/pubsub.publisher"
  member = local.member.receiver
}

# No ordering: a message that fails would hold up all behind it, and the merge does not depend on the order.
resource "google_pubsub_subscription" "webhooks" {
  count = var.webhooks ? 1 : 0

  name                       = "${var.prefix}-webhooks"
  topic                      = google_pubsub_topic.webhooks[0].name
  labels                     = var.labels
  ack_deadline_seconds       = 300
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = "https://${var.prefix}-webhooks-${local.host}/"
    oidc_token {
      service_account_email = local.email.invoker
      audience              = "https://${var.prefix}-webhooks-${local.host}"
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
