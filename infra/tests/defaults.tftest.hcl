# Plans only: nothing is made, and the stand-in for the provider asks nobody.
mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project_id      = "acme-analytics"
  region          = "europe-west1"
  gitlab_base_url = "https://gitlab.example.com"
  image           = "europe-west1-docker.pkg.dev/acme-analytics/gitlab/loader:1"
}

run "all_families" {
  command = plan

  assert {
    condition     = length(local.families) == length(jsondecode(file("families.json"))) && length(local.families) > 20
    error_message = "Without var.families every family of families.json is deployed."
  }

  assert {
    condition     = length(google_cloud_run_v2_service.this) == length(local.families) + 2 && length(google_cloudfunctions2_function.this) == 0
    error_message = "Every family has one service, and so have receive and webhooks."
  }

  assert {
    condition     = alltrue([for id in keys(local.families) : google_cloud_run_v2_service.this[id].template[0].max_instance_request_concurrency == 1])
    error_message = "A loader works on one request at a time: memory is bounded for one run."
  }

  assert {
    condition     = alltrue([for id in concat(keys(local.families), ["webhooks"]) : contains([for e in google_cloud_run_v2_service.this[id].template[0].containers[0].env : e.value if e.name == "GOOGLE_CLOUD_PROJECT"], "acme-analytics")])
    error_message = "Every function that loads knows its project, without which its lines have no trace."
  }

  assert {
    condition     = google_cloud_run_v2_service.this["webhooks"].template[0].max_instance_request_concurrency >= 8
    error_message = "The consumer of webhooks works on 8 events or more at a time."
  }

  assert {
    condition     = alltrue([for id, service in google_cloud_run_v2_service.this : contains([for e in service.template[0].containers[0].env : e.value if e.name == "FUNCTION_TARGET"], id)])
    error_message = "FUNCTION_TARGET of every service is the id of its function."
  }

  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.this : join(" ", service.template[0].containers[0].args) == "-- node server.cjs"])
    error_message = "Every service of an image starts server.cjs, which is quicker than the command of the framework."
  }

  assert {
    condition = alltrue(flatten([
      for service in google_cloud_run_v2_service.this : [
        for e in service.template[0].containers[0].env : can(regex("^projects/acme-analytics/secrets/[a-z-]+$", e.value)) if endswith(e.name, "_SECRET")
      ]
    ]))
    error_message = "A variable of the name *_SECRET holds the name of a secret."
  }

  assert {
    condition = length(setintersection(
      toset(flatten([for service in google_cloud_run_v2_service.this : [for e in service.template[0].containers[0].env : e.name]])),
      ["GITLAB_TOKEN", "DATABASE_URL", "DB_PASSWORD", "WEBHOOK_TOKENS", "WEBHOOK_SIGNING_SECRETS", "GITLAB_CLIENT_KEY"]
    )) == 0
    error_message = "No environment variable of a function holds a secret."
  }

  assert {
    condition = length(setintersection(
      toset(flatten([for job in google_cloud_run_v2_job.this : [for e in job.template[0].template[0].containers[0].env : e.name]])),
      ["GITLAB_TOKEN", "DATABASE_URL", "DB_PASSWORD", "WEBHOOK_TOKENS", "WEBHOOK_SIGNING_SECRETS", "GITLAB_CLIENT_KEY"]
    )) == 0
    error_message = "No environment variable of a job holds a secret."
  }

  assert {
    condition     = [for binding in google_cloud_run_v2_service_iam_member.public : binding.name] == ["gitlab-receive"]
    error_message = "receive is public, and nothing else is."
  }

  assert {
    condition = alltrue([
      for binding in google_cloud_run_v2_service_iam_member.invoker : binding.member == "serviceAccount:gitlab-invoker@acme-analytics.iam.gserviceaccount.com" && binding.name != "gitlab-receive"
    ])
    error_message = "Only the invoker calls the functions that are not public."
  }

  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.this : service.invoker_iam_disabled == false])
    error_message = "Nobody switches off the check of who calls."
  }

  assert {
    condition     = google_cloud_run_v2_service.this["receive"].template[0].service_account == "gitlab-receiver@acme-analytics.iam.gserviceaccount.com"
    error_message = "The public function runs as an account that can publish and nothing else."
  }

  assert {
    condition     = alltrue([for job in google_cloud_scheduler_job.family : job.attempt_deadline == "1800s" && job.http_target[0].oidc_token[0].service_account_email == "gitlab-invoker@acme-analytics.iam.gserviceaccount.com"])
    error_message = "Scheduler waits for 30 minutes and calls as the invoker."
  }

  assert {
    condition     = google_cloud_scheduler_job.family["access_requests"].http_target[0].uri == "https://gitlab-access-requests-123456789012.europe-west1.run.app/"
    error_message = "Scheduler calls the address of the family's function."
  }

  assert {
    condition = alltrue([
      for id, family in local.families : tonumber(one([for e in google_cloud_run_v2_service.this[id].template[0].containers[0].env : e.value if e.name == "TIME_BUDGET_SECONDS"])) <= 0.8 * family.timeout_seconds
    ])
    error_message = "A run ends before the platform's time is over."
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.webhooks : subscription.dead_letter_policy[0].dead_letter_topic == "projects/acme-analytics/topics/gitlab-dead-letters" && subscription.dead_letter_policy[0].max_delivery_attempts < 10])
    error_message = "The subscription of webhooks has dead letters, which get an event before the function gives it up."
  }

  assert {
    condition     = google_pubsub_topic_iam_member.agent_publishes_dead_letters[0].member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com" && keys(google_pubsub_subscription_iam_member.agent_takes) == ["webhooks"]
    error_message = "Pub/Sub's own account may move messages to the dead letters."
  }

  assert {
    condition = length(setintersection(
      toset(concat([for m in google_project_iam_member.loader : m.role], [for m in google_project_iam_member.deployer : m.role], [for m in google_project_iam_member.database_admin : m.role], local.deployer_roles, local.builder_roles)),
      ["roles/owner", "roles/editor"]
    )) == 0
    error_message = "No account is owner or editor of the project."
  }

  assert {
    condition     = [for m in google_secret_manager_secret_iam_member.reader : "${m.secret_id} ${split("@", m.member)[0]}"] == ["gitlab-token serviceAccount:gitlab-loader", "gitlab-webhook-tokens serviceAccount:gitlab-receiver"]
    error_message = "Each secret is read by one account."
  }

  assert {
    condition     = google_alloydb_instance.this[0].database_flags["alloydb.iam_authentication"] == "on" && google_alloydb_user.loader[0].user_id == "gitlab-loader@acme-analytics.iam"
    error_message = "The loader logs in by IAM."
  }

  assert {
    condition = alltrue([
      for id in keys(local.families) : contains([for e in google_cloud_run_v2_service.this[id].template[0].containers[0].env : e.value if e.name == "CONTINUATION"], "projects/acme-analytics/locations/europe-west1/queues/gitlab-continuation")
    ])
    error_message = "A family asks Cloud Tasks for its continuation."
  }

  assert {
    condition     = join(" ", google_cloud_run_v2_job.this["backfill"].template[0].template[0].containers[0].args) == "-- node job.cjs" && google_cloud_run_v2_job.this["backfill"].template[0].task_count == 4
    error_message = "The backfill job runs job.cjs in several tasks."
  }

  assert {
    condition     = google_cloud_run_v2_service.this["issues"].template[0].vpc_access[0].network_interfaces[0].subnetwork == "projects/acme-analytics/regions/europe-west1/subnetworks/gitlab-loader" && length(google_cloud_run_v2_service.this["receive"].template[0].vpc_access) == 0
    error_message = "Loaders reach the network of the database, the public function does not."
  }

  assert {
    condition     = length(google_monitoring_alert_policy.counted) == 3 && google_monitoring_alert_policy.silent.conditions[0].condition_absent[0].duration == "21600s" && length(google_monitoring_alert_policy.dead_letters) == 1
    error_message = "There are alerts for failed runs, halted partitions, failed webhooks, silence and dead letters."
  }

  assert {
    condition     = alltrue([for words in ["outcome=\"failed\"", "event=\"problem\" AND severity>=ERROR AND NOT jsonPayload.resource:*"] : strcontains(google_logging_metric.this["runs-failed"].filter, words)]) && local.smoke_family == "instance"
    error_message = "Runs that could not begin count as failed ones, and a build calls the smallest family."
  }

  assert {
    condition     = length(google_cloudbuild_trigger.deploy) == 0 && length(google_project_iam_member.deployer) == 0
    error_message = "Without a repository nothing is built, and the deployer has no rights."
  }
}

run "three_families" {
  command = plan

  variables {
    families = ["issues", "jobs", "access_requests"]
    webhooks = false
    family_overrides = {
      issues = { schedule = "0 * * * *", timeout_seconds = 600, memory = "2Gi" }
      jobs   = { paused = true }
    }
  }

  assert {
    condition     = keys(google_cloud_run_v2_service.this) == ["access_requests", "groups", "issues", "jobs", "projects"]
    error_message = "The families that were named are deployed, with those they depend on."
  }

  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.public) == 0 && length(google_pubsub_topic.webhooks) == 0 && length(google_pubsub_topic.dead_letters) == 0 && !contains(keys(google_secret_manager_secret.this), "gitlab-webhook-tokens")
    error_message = "Without webhooks nothing is public, and there are neither their topics nor their secrets."
  }

  assert {
    condition     = google_cloud_scheduler_job.family["issues"].schedule == "0 * * * *" && google_cloud_run_v2_service.this["issues"].template[0].timeout == "600s" && google_cloud_run_v2_service.this["issues"].template[0].containers[0].resources[0].limits.memory == "2Gi" && local.families["issues"].budget_seconds == 480
    error_message = "What family_overrides says holds, and the budget follows the timeout."
  }

  assert {
    condition     = google_cloud_scheduler_job.family["jobs"].paused && !google_cloud_scheduler_job.family["issues"].paused
    error_message = "One family alone can be paused."
  }
}
