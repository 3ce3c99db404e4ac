# What wakes a person up. Every alert says what to do; docs/deploy.md has the long form.

locals {
  channels = concat(google_monitoring_notification_channel.email[*].name, var.notification_channels)

  # Counts of log lines: more than `above` in ten minutes.
  counted_alerts = {
    runs-failed = {
      title  = "runs fail"
      metric = "runs-failed"
      above  = 2
      help   = "Read the error of the run: `jsonPayload.event=\"problem\"` in the log of the function. Each code has its advice in functions/engine/model/errors.ts. What was committed stays and later runs continue."
    }
    partitions-halted = {
      title  = "partitions are halted"
      metric = "partitions-halted"
      above  = 0
      help   = "`status` shows which and why. Correct the reason, then `resume`. After E_MASS_DELETE look before you confirm: nothing was deleted."
    }
    webhooks-failed = {
      title  = "webhooks are not published"
      metric = "webhooks-failed"
      above  = 0
      help   = "receive cannot reach its topic. Nothing is lost for good: `hooks repair` resends what GitLab has noted as failed, and scheduled runs read everything anyway."
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == null ? 0 : 1

  display_name = "${var.prefix}: e-mail"
  type         = "email"
  labels       = { email_address = var.alert_email }

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "counted" {
  for_each = { for id, alert in local.counted_alerts : id => alert if var.webhooks || id != "webhooks-failed" }

  display_name          = "${var.prefix}: ${each.value.title}"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = var.labels

  dynamic "conditions" {
    for_each = { functions = "cloud_run_revision", jobs = "cloud_run_job" }
    content {
      display_name = "${each.value.title} (${conditions.key})"
      condition_threshold {
        filter          = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.this[each.value.metric].name}\" AND resource.type=\"${conditions.value}\""
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.above
        duration        = "0s"
        aggregations {
          alignment_period     = "600s"
          per_series_aligner   = "ALIGN_SUM"
          cross_series_reducer = "REDUCE_SUM"
          group_by_fields      = ["metric.label.function"]
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    content   = each.value.help
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "silent" {
  display_name          = "${var.prefix}: no successful run for ${var.silent_hours} hours"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = "no successful run of a function"
    condition_absent {
      filter   = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.this["runs-succeeded"].name}\" AND resource.type=\"cloud_run_revision\""
      duration = "${var.silent_hours * 3600}s"
      aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["metric.label.function"]
      }
    }
  }

  documentation {
    content   = "Is the schedule paused? Does Scheduler get an answer: `gcloud scheduler jobs list`? `check` tells a wrong token, address, password or right in one sentence."
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  count = local.has_messages ? 1 : 0

  display_name          = "${var.prefix}: dead letters"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = "messages were delivered in vain"
    condition_threshold {
      filter          = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.label.subscription_id=\"${google_pubsub_subscription.dead_letters[0].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "300s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    content   = "`gcloud pubsub subscriptions pull ${google_pubsub_subscription.dead_letters[0].name} --limit=10` shows them. Events in them are read by the next scheduled run all the same."
    mime_type = "text/markdown"
  }
}
