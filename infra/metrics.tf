# Metrics that Cloud Logging counts in the loader's log lines; README.md and functions/engine/report say what lines there are.

locals {
  in_loader = "(resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^${var.prefix}-\") OR (resource.type=\"cloud_run_job\" AND resource.labels.job_name=~\"^${var.prefix}-\")"

  metrics = {
    runs-failed = {
      # A run that cannot begin (settings, token, database) has no report: only its problem is told, which belongs to no resource.
      description = "Runs that ended with an error, and those that could not begin"
      filter      = "(${local.in_loader}) AND ((jsonPayload.event=\"run-report\" AND jsonPayload.outcome=\"failed\") OR (jsonPayload.event=\"problem\" AND severity>=ERROR AND NOT jsonPayload.resource:*))"
    }
    runs-succeeded = {
      description = "Runs that ended without an error, done or to be continued"
      filter      = "(${local.in_loader}) AND jsonPayload.event=\"run-report\" AND jsonPayload.outcome!=\"failed\""
    }
    partitions-halted = {
      description = "Runs that met partitions which wait for a person (E_HALTED, E_MASS_DELETE)"
      filter      = "(${local.in_loader}) AND jsonPayload.event=\"problem\" AND jsonPayload.code=(\"E_HALTED\" OR \"E_MASS_DELETE\")"
    }
    records-quarantined = {
      description = "Runs that could not store every record (E_QUARANTINED)"
      filter      = "(${local.in_loader}) AND jsonPayload.event=\"problem\" AND jsonPayload.code=\"E_QUARANTINED\""
    }
    webhooks-failed = {
      description = "Events of GitLab that receive could not publish"
      filter      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.prefix}-receive\" AND httpRequest.status>=500"
    }
    webhooks-refused = {
      description = "Calls of receive that could not prove to come from GitLab"
      filter      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.prefix}-receive\" AND httpRequest.status=401"
    }
  }
}

resource "google_logging_metric" "this" {
  for_each = local.metrics

  name        = "${var.prefix}/${each.key}"
  description = each.value.description
  filter      = each.value.filter

  label_extractors = {
    function = "EXTRACT(resource.labels.service_name)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
    labels {
      key        = "function"
      value_type = "STRING"
    }
  }

  depends_on = [google_project_service.this]
}
