# Jobs from the same image. backfill loads everything that is due, in several tasks that share the work; command runs one command
# of the loader, by default migrate: `gcloud run jobs execute gitlab-command --args=...` runs any other.

locals {
  # Functions may be built from source, jobs need an image.
  jobs = var.image == null ? {} : {
    backfill = {
      program = ["job.cjs"]
      tasks   = var.backfill_tasks
      retries = 3
      timeout = var.backfill_timeout_hours * 3600
      memory  = "1Gi"
      # A task ends in good order before its time is over; what is left is for the next execution.
      environment = merge(
        { TIME_BUDGET_SECONDS = tostring(var.backfill_timeout_hours * 3600 - 300) },
        var.continuation == "job" ? local.continuation_settings : {},
      )
    }
    command = {
      program     = ["cli.cjs", "migrate"]
      tasks       = 1
      retries     = 0
      timeout     = 3600
      memory      = "512Mi"
      environment = {}
    }
  }
}

resource "google_cloud_run_v2_job" "this" {
  for_each = local.jobs

  name                = "${var.prefix}-${each.key}"
  location            = var.region
  labels              = var.labels
  deletion_protection = false

  template {
    task_count  = each.value.tasks
    parallelism = each.value.tasks

    template {
      service_account = local.email.loader
      max_retries     = each.value.retries
      timeout         = "${each.value.timeout}s"

      containers {
        image   = var.image
        command = [var.node_command[0]]
        args    = concat(slice(var.node_command, 1, length(var.node_command)), each.value.program)

        dynamic "env" {
          for_each = merge(local.loader_settings, each.value.environment)
          content {
            name  = env.key
            value = env.value
          }
        }

        resources {
          limits = { cpu = "1", memory = each.value.memory }
        }
      }

      dynamic "vpc_access" {
        for_each = local.uses_network ? [true] : []
        content {
          egress = var.egress
          network_interfaces {
            network    = local.network
            subnetwork = local.subnetwork
          }
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [client, client_version]
  }

  depends_on = [google_project_service.this, google_secret_manager_secret_iam_member.reader]
}
