# Messages that were delivered in vain, from all subscriptions. They stay for a month; docs/deploy.md says how to look at them.
# None need be sent again: scheduled runs read what they told. Pub/Sub's own account moves them, for which it needs two rights.

locals {
  has_messages = var.webhooks || var.continuation == "pubsub"
  subscriptions = merge(
    var.webhooks ? { webhooks = google_pubsub_subscription.webhooks[0].name } : {},
    { for id, subscription in google_pubsub_subscription.continuation : "continuation-${id}" => subscription.name },
  )
}

resource "google_pubsub_topic" "dead_letters" {
  count = local.has_messages ? 1 : 0

  name                       = "${var.prefix}-dead-letters"
  labels                     = var.labels
  message_retention_duration = "2678400s"

  depends_on = [google_project_service.this]
}

# Without a subscription, a topic forgets what is published.
resource "google_pubsub_subscription" "dead_letters" {
  count = local.has_messages ? 1 : 0

  name                       = "${var.prefix}-dead-letters"
  topic                      = google_pubsub_topic.dead_letters[0].name
  labels                     = var.labels
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "agent_publishes_dead_letters" {
  count = local.has_messages ? 1 : 0

  topic  = google_pubsub_topic.dead_letters[0].name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent_takes" {
  for_each = local.subscriptions

  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
