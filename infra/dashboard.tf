# One page: do runs succeed, do webhooks arrive, does anything wait for a person, how busy is the database.

locals {
  charts = concat(
    [for id in ["runs-succeeded", "runs-failed", "partitions-halted", "records-quarantined"] : {
      title  = local.metrics[id].description
      filter = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.this[id].name}\" resource.type=\"cloud_run_revision\""
      group  = "metric.label.function"
      align  = "ALIGN_SUM"
    }],
    [
      {
        title  = "Instances, by function"
        filter = "metric.type=\"run.googleapis.com/container/instance_count\" resource.type=\"cloud_run_revision\" resource.label.service_name=monitoring.regex.full_match(\"${var.prefix}-.*\")"
        group  = "resource.label.service_name"
        align  = "ALIGN_MAX"
      },
      {
        title  = "Memory in use, 99th percentile, by function"
        filter = "metric.type=\"run.googleapis.com/container/memory/utilizations\" resource.type=\"cloud_run_revision\" resource.label.service_name=monitoring.regex.full_match(\"${var.prefix}-.*\")"
        group  = "resource.label.service_name"
        align  = "ALIGN_PERCENTILE_99"
      },
    ],
    local.has_messages ? [{
      title  = "Messages not delivered yet, by subscription"
      filter = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" resource.type=\"pubsub_subscription\" resource.label.subscription_id=monitoring.regex.full_match(\"${var.prefix}-.*\")"
      group  = "resource.label.subscription_id"
      align  = "ALIGN_MAX"
    }] : [],
    var.webhooks ? [{
      title  = local.metrics["webhooks-refused"].description
      filter = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.this["webhooks-refused"].name}\" resource.type=\"cloud_run_revision\""
      group  = "metric.label.function"
      align  = "ALIGN_SUM"
    }] : [],
  )
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = "${var.prefix}: GitLab into the database"
    mosaicLayout = {
      columns = 12
      tiles = [for place, chart in local.charts : {
        xPos   = (place % 2) * 6
        yPos   = floor(place / 2) * 4
        width  = 6
        height = 4
        widget = {
          title = chart.title
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = chart.filter
                  aggregation = {
                    alignmentPeriod    = "300s"
                    perSeriesAligner   = chart.align
                    crossSeriesReducer = "REDUCE_SUM"
                    groupByFields      = [chart.group]
                  }
                }
              }
            }]
          }
        }
      }]
    }
  })

  depends_on = [google_project_service.this]
}
