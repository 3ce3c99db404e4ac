# One function for each family, as services of Cloud Run from one image: FUNCTION_TARGET chooses the family.

locals {
  catalogue = jsondecode(file("${path.module}/families.json"))
  chosen    = length(var.families) == 0 ? keys(local.catalogue) : var.families

  # Families with those whose rows name their partitions, and with what var.family_overrides says.
  families = {
    for id in distinct(concat(local.chosen, flatten([for id in local.chosen : local.catalogue[id].parents]))) : id => {
      name            = "${var.prefix}-${replace(id, "_", "-")}"
      schedule        = coalesce(try(var.family_overrides[id].schedule, null), local.catalogue[id].schedule)
      memory          = coalesce(try(var.family_overrides[id].memory, null), local.catalogue[id].memory)
      cpu             = coalesce(try(var.family_overrides[id].cpu, null), "1")
      timeout_seconds = coalesce(try(var.family_overrides[id].timeout_seconds, null), local.catalogue[id].timeoutSeconds)
      max_instances   = coalesce(try(var.family_overrides[id].max_instances, null), var.max_instances)
      paused          = coalesce(try(var.family_overrides[id].paused, null), var.schedules_paused)

      # A pushed message is delivered again when it is not answered within ten minutes.
      budget_seconds = min(
        coalesce(try(var.family_overrides[id].budget_seconds, null), local.catalogue[id].budgetSeconds),
        floor(0.8 * coalesce(try(var.family_overrides[id].timeout_seconds, null), local.catalogue[id].timeoutSeconds)),
        var.continuation == "pubsub" ? 540 : 1500,
      )
    }
  }

  # Every function: the families, and the consumer of webhooks and receive if there are any.
  functions = merge(
    {
      for id, family in local.families : id => {
        name            = family.name
        account         = "loader"
        concurrency     = 1
        cpu             = family.cpu
        memory          = family.memory
        timeout_seconds = family.timeout_seconds
        max_instances   = family.max_instances
        environment     = merge(local.loader_settings, local.continuation_settings, { TIME_BUDGET_SECONDS = tostring(family.budget_seconds) })
      }
    },
    var.webhooks ? local.webhook_functions : {},
  )

  from_source      = var.image == null
  builds_functions = local.from_source || var.form == "functions"
}

resource "google_cloud_run_v2_service" "this" {
  for_each = var.form == "run" ? local.functions : {}

  name                 = each.value.name
  location             = var.region
  labels               = var.labels
  deletion_protection  = var.deletion_protection
  ingress              = "INGRESS_TRAFFIC_ALL"
  invoker_iam_disabled = false

  dynamic "build_config" {
    for_each = local.from_source ? [true] : []
    content {
      source_location          = "gs://${var.source_bucket}/${var.source_object}"
      function_target          = each.key
      image_uri                = "${local.registry}/${each.value.name}"
      base_image               = var.base_image
      enable_automatic_updates = var.base_image != null
      service_account          = google_service_account.this["deployer"].id
    }
  }

  template {
    service_account                  = local.email[each.value.account]
    timeout                          = "${each.value.timeout_seconds}s"
    max_instance_request_concurrency = each.value.concurrency
    labels                           = var.labels

    scaling {
      min_instance_count = 0
      max_instance_count = each.value.max_instances
    }

    containers {
      image = local.from_source ? "${local.registry}/${each.value.name}" : var.image

      # Built from source, a service starts as Google's builder of functions has it.
      command = local.from_source ? null : [var.node_command[0]]
      args    = local.from_source ? null : concat(slice(var.node_command, 1, length(var.node_command)), ["server.cjs"])

      dynamic "env" {
        for_each = merge(each.value.environment, { FUNCTION_TARGET = each.key })
        content {
          name  = env.key
          value = env.value
        }
      }

      resources {
        limits            = { cpu = each.value.cpu, memory = each.value.memory }
        cpu_idle          = true
        startup_cpu_boost = true
      }
    }

    dynamic "vpc_access" {
      for_each = local.uses_network && each.value.account == "loader" ? [true] : []
      content {
        egress = var.egress
        network_interfaces {
          network    = local.network
          subnetwork = local.subnetwork
        }
      }
    }
  }

  # cloudbuild.yaml moves the traffic back to the revision before when the smoke call fails.
  lifecycle {
    ignore_changes = [traffic, client, client_version]
  }

  depends_on = [google_project_service.this, google_secret_manager_secret_iam_member.reader, google_project_iam_member.deployer]
}

# Functions and jobs are called by the invoker and by nobody else ...
resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = { for id, function in local.functions : id => function.name if id != "receive" }

  name     = each.value
  location = var.region
  role     = "roles/run.invoker"
  member   = local.member.invoker

  depends_on = [google_cloud_run_v2_service.this, google_cloudfunctions2_function.this]
}

# ... but receive, which GitLab calls: it checks every event itself.
resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = { for id, function in local.functions : id => function.name if id == "receive" }

  name     = each.value
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"

  depends_on = [google_cloud_run_v2_service.this, google_cloudfunctions2_function.this]
}
