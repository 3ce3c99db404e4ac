# Who runs what. Each account has the rights of its task and no others; rights to single topics, queues, secrets and
# services stand beside those.
#   loader    runs the families, the consumer of webhooks and the jobs: reads the token, logs in to the database
#   receiver  runs receive, the only public function: publishes to one topic
#   invoker   calls functions: Scheduler, Cloud Tasks and Pub/Sub act as it
#   deployer  runs the build

locals {
  tasks = {
    loader   = "Loads GitLab into the database"
    receiver = "Receives webhooks of GitLab"
    invoker  = "Calls the loader's functions"
    deployer = "Builds and deploys the loader"
  }

  # Put together from the parts, because a plan does not know the e-mail address that Google answers with.
  email  = { for task, account in google_service_account.this : task => "${account.account_id}@${var.project_id}.iam.gserviceaccount.com" }
  member = { for task, email in local.email : task => "serviceAccount:${email}" }

  loader_roles = concat(
    local.has_alloydb ? ["roles/alloydb.client", "roles/serviceusage.serviceUsageConsumer"] : [],
    local.uses_iam ? ["roles/alloydb.databaseUser"] : [],
  )

  # What a build changes: images, functions, jobs, schedules, topics, alerts. Networks, databases, secrets and the rights of
  # accounts it only reads: a person applies changes of those.
  deployer_roles = [
    "roles/artifactregistry.writer",
    "roles/cloudscheduler.admin",
    "roles/cloudtasks.queueAdmin",
    "roles/iam.securityReviewer",
    "roles/logging.configWriter",
    "roles/logging.logWriter",
    "roles/monitoring.alertPolicyEditor",
    "roles/monitoring.dashboardEditor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/viewer",
  ]

  # What building functions from an archive takes.
  builder_roles = ["roles/artifactregistry.writer", "roles/logging.logWriter", "roles/storage.objectViewer"]
}

resource "google_service_account" "this" {
  for_each = local.tasks

  account_id   = "${var.prefix}-${each.key}"
  display_name = each.value

  depends_on = [google_project_service.this]
}

resource "google_project_iam_member" "loader" {
  for_each = toset(local.loader_roles)

  project = local.alloydb_project
  role    = each.value
  member  = local.member.loader
}

resource "google_project_iam_member" "database_admin" {
  for_each = local.has_alloydb ? toset([
    for pair in setproduct(var.database_admins, ["roles/alloydb.client", "roles/alloydb.databaseUser", "roles/serviceusage.serviceUsageConsumer"]) : join(" ", pair)
  ]) : toset([])

  project = local.alloydb_project
  role    = split(" ", each.value)[1]
  member  = "user:${split(" ", each.value)[0]}"
}

resource "google_project_iam_member" "deployer" {
  for_each = toset(concat(
    var.build_repository == null ? [] : local.deployer_roles,
    local.builds_functions ? local.builder_roles : [],
  ))

  project = var.project_id
  role    = each.value
  member  = local.member.deployer
}

# To deploy a function that runs as an account, one must be allowed to act as that account.
resource "google_service_account_iam_member" "deployer_acts_as" {
  for_each = var.build_repository == null ? toset([]) : toset(["loader", "receiver", "invoker"])

  service_account_id = google_service_account.this[each.value].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.member.deployer
}

# A build calls one function, as the invoker, to see whether the release works.
resource "google_service_account_iam_member" "deployer_calls_as_invoker" {
  count = var.build_repository == null ? 0 : 1

  service_account_id = google_service_account.this["invoker"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.member.deployer
}

# Pub/Sub signs its pushes as the invoker.
resource "google_service_account_iam_member" "pubsub_signs" {
  count = var.webhooks || var.continuation == "pubsub" ? 1 : 0

  service_account_id = google_service_account.this["invoker"].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent
}
