mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project_id = "acme-analytics"
  region     = "europe-west1"
  image      = "europe-west1-docker.pkg.dev/acme-analytics/gitlab/loader:1"
  families   = ["issues", "jobs", "users"]
}

run "private_service_connect" {
  command = plan

  variables {
    connectivity = "psc"
  }

  assert {
    condition     = length(google_service_networking_connection.services) == 0 && length(google_compute_global_address.services) == 0
    error_message = "Private Service Connect needs no peering."
  }

  assert {
    condition     = google_alloydb_cluster.this[0].psc_config[0].psc_enabled && length(google_alloydb_cluster.this[0].network_config) == 0 && google_alloydb_instance.this[0].psc_instance_config[0].allowed_consumer_projects == tolist(["123456789012"])
    error_message = "The cluster offers Private Service Connect to the project."
  }

  assert {
    condition     = contains([for e in google_cloud_run_v2_service.this["issues"].template[0].containers[0].env : e.value if e.name == "ALLOYDB_IP_TYPE"], "psc")
    error_message = "The loader uses the name of Private Service Connect."
  }
}

run "existing_alloydb" {
  command = plan

  variables {
    database         = "existing"
    alloydb_instance = "projects/acme-data/locations/europe-west1/clusters/main/instances/primary"
    network          = "projects/acme-network/global/networks/shared"
    subnetwork       = "projects/acme-network/regions/europe-west1/subnetworks/functions"
    database_admins  = ["dba@example.com"]
  }

  assert {
    condition     = length(google_alloydb_cluster.this) + length(google_alloydb_instance.this) + length(google_compute_network.this) + length(google_compute_global_address.services) == 0
    error_message = "An instance and a network that are there are not made."
  }

  assert {
    condition     = google_alloydb_user.loader[0].cluster == "projects/acme-data/locations/europe-west1/clusters/main" && keys(google_alloydb_user.admin) == ["dba@example.com"]
    error_message = "The cluster gets the users that log in by IAM."
  }

  assert {
    condition     = contains([for e in google_cloud_run_v2_job.this["backfill"].template[0].template[0].containers[0].env : e.value if e.name == "ALLOYDB_INSTANCE"], "projects/acme-data/locations/europe-west1/clusters/main/instances/primary") && google_cloud_run_v2_job.this["backfill"].template[0].template[0].vpc_access[0].network_interfaces[0].network == "projects/acme-network/global/networks/shared"
    error_message = "Functions and jobs reach that instance in that network."
  }

  assert {
    condition     = alltrue([for m in google_project_iam_member.loader : m.project == "acme-data"]) && length(google_project_iam_member.loader) == 3
    error_message = "The rights are given where the instance is."
  }
}

run "any_postgresql" {
  command = plan

  variables {
    database     = "url"
    continuation = "none"
  }

  assert {
    condition     = length(google_project_iam_member.loader) == 0 && length(google_alloydb_user.loader) == 0 && length(google_compute_network.this) == 0 && length(google_cloud_run_v2_service.this["issues"].template[0].vpc_access) == 0
    error_message = "Another PostgreSQL needs no rights in the project and no network."
  }

  assert {
    condition     = contains([for e in google_cloud_run_v2_service.this["issues"].template[0].containers[0].env : e.value if e.name == "DATABASE_URL_SECRET"], "projects/acme-analytics/secrets/gitlab-database-url")
    error_message = "Its URL comes from a secret."
  }
}

run "continuation_by_pubsub" {
  command = plan

  variables {
    continuation  = "pubsub"
    webhook_check = "both"
  }

  assert {
    condition     = keys(google_pubsub_subscription.continuation) == ["branches", "issues", "jobs", "projects", "users"] && google_pubsub_subscription.continuation["issues"].filter == "attributes.family = \"issues\""
    error_message = "Each family has a subscription that takes its messages."
  }

  assert {
    condition = alltrue([
      for subscription in concat(values(google_pubsub_subscription.continuation), google_pubsub_subscription.webhooks) :
      subscription.dead_letter_policy[0].dead_letter_topic == "projects/acme-analytics/topics/gitlab-dead-letters" && subscription.dead_letter_policy[0].max_delivery_attempts >= 5
    ])
    error_message = "Every subscription that pushes has dead letters."
  }

  assert {
    condition     = alltrue([for subscription in concat(values(google_pubsub_subscription.continuation), google_pubsub_subscription.webhooks) : subscription.push_config[0].oidc_token[0].service_account_email == "gitlab-invoker@acme-analytics.iam.gserviceaccount.com"])
    error_message = "Pub/Sub pushes as the invoker."
  }

  assert {
    condition     = alltrue([for family in local.families : family.budget_seconds < google_pubsub_subscription.continuation["issues"].ack_deadline_seconds])
    error_message = "A pushed run answers before Pub/Sub delivers its message again."
  }

  assert {
    condition     = keys(google_pubsub_subscription_iam_member.agent_takes) == ["continuation-branches", "continuation-issues", "continuation-jobs", "continuation-projects", "continuation-users", "webhooks"]
    error_message = "Pub/Sub's own account may take from every subscription what goes to the dead letters."
  }

  assert {
    condition     = length(google_cloud_tasks_queue.continuation) == 0 && contains(keys(google_secret_manager_secret.this), "gitlab-webhook-signing-secrets") && contains(keys(google_secret_manager_secret.this), "gitlab-webhook-tokens")
    error_message = "There is no queue, and both secrets of webhooks are there."
  }
}

run "cloud_functions" {
  command = plan

  variables {
    form          = "functions"
    image         = null
    source_bucket = "acme-source"
    source_object = "loader-1.zip"
    vpc_connector = "projects/acme-analytics/locations/europe-west1/connectors/loader"
  }

  assert {
    condition     = length(google_cloud_run_v2_service.this) == 0 && keys(google_cloudfunctions2_function.this) == ["branches", "issues", "jobs", "projects", "receive", "users", "webhooks"]
    error_message = "Every function has the form of Cloud Functions."
  }

  assert {
    condition     = alltrue([for id, function in google_cloudfunctions2_function.this : function.build_config[0].entry_point == id && function.build_config[0].runtime == "nodejs24"])
    error_message = "The entry point of every function is its id."
  }

  assert {
    condition     = alltrue([for id in keys(local.families) : google_cloudfunctions2_function.this[id].service_config[0].max_instance_request_concurrency == 1])
    error_message = "A loader works on one request at a time in this form too."
  }

  assert {
    condition = length(setintersection(
      toset(flatten([for function in google_cloudfunctions2_function.this : keys(function.service_config[0].environment_variables)])),
      ["GITLAB_TOKEN", "DATABASE_URL", "DB_PASSWORD", "WEBHOOK_TOKENS", "WEBHOOK_SIGNING_SECRETS", "GITLAB_CLIENT_KEY", "FUNCTION_TARGET"]
    )) == 0
    error_message = "No environment variable holds a secret, nor a name that the platform keeps for itself."
  }

  assert {
    condition     = output.call["issues"] == "gcloud functions call gitlab-issues --gen2 --region=europe-west1 --data='{}'" && length(google_cloud_run_v2_job.this) == 0
    error_message = "Functions can be called with gcloud; jobs need an image."
  }
}

run "build_from_source" {
  command = plan

  variables {
    image            = null
    source_bucket    = "acme-source"
    source_object    = "loader-1.zip"
    build_repository = "projects/acme-analytics/locations/europe-west1/connections/gitlab/repositories/loader"
    state_bucket     = "acme-terraform"
  }

  assert {
    condition     = alltrue([for id, service in google_cloud_run_v2_service.this : service.build_config[0].function_target == id && service.build_config[0].source_location == "gs://acme-source/loader-1.zip"])
    error_message = "Every function is built from the archive, with its id as target."
  }

  assert {
    condition     = length(google_project_iam_member.deployer) == length(local.deployer_roles) + 1 && google_cloudbuild_trigger.deploy[0].filename == "cloudbuild.yaml"
    error_message = "Pushes are deployed by an account that has the roles of a build."
  }

  assert {
    condition     = google_cloudbuild_trigger.deploy[0].substitutions["_SMOKE_FAMILY"] == "projects" && !contains(keys(local.families), "instance")
    error_message = "A build calls a family that is deployed."
  }
}

run "refuses_what_does_not_fit_together" {
  command = plan

  variables {
    database         = "existing"
    families         = ["isues"]
    max_instances    = 0
    region           = "europe-west1-b"
    silent_hours     = 48
    subnet_range     = "10.0.0.0/28"
    gitlab_base_url  = "https://me:secret@gitlab.example.com"
    build_repository = "my-repository"
    settings         = { GITLAB_TOKEN = "not-a-real-one" }
  }

  expect_failures = [var.database, var.families, var.max_instances, var.region, var.silent_hours, var.subnet_range, var.gitlab_base_url, var.build_repository, var.settings]
}
