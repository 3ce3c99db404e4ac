# The settings of the loader as environment variables: names of secrets, never secrets.

locals {
  database_settings = merge(
    local.has_alloydb ? {
      ALLOYDB_INSTANCE = local.alloydb_instance
      ALLOYDB_IP_TYPE  = { psa = "private", psc = "psc", public = "public" }[var.connectivity]
      DB_NAME          = var.db_name
      DB_USER          = var.db_login == "iam" ? local.email.loader : var.db_user
    } : {},
    { DATASET = var.dataset },
  )

  gitlab_settings = merge(
    { GITLAB_BASE_URL = var.gitlab_base_url },
    var.gitlab_scope == "" ? {} : { GITLAB_SCOPE = var.gitlab_scope },
  )

  continuation_settings = {
    none   = {}
    pubsub = { CONTINUATION = "${local.parent}/topics/${join("", google_pubsub_topic.continuation[*].name)}" }
    job    = { CONTINUATION = "${local.place}/jobs/${var.prefix}-backfill" }
    tasks = {
      CONTINUATION                 = "${local.place}/queues/${join("", google_cloud_tasks_queue.continuation[*].name)}"
      CONTINUATION_URL             = "https://${var.prefix}-{family}-${local.host}"
      CONTINUATION_SERVICE_ACCOUNT = local.email.invoker
    }
  }[var.continuation]

  # What the families, the consumer of webhooks and the jobs share.
  loader_settings = merge(
    # With the project, lines of the log belong to the trace of their call.
    { LOG_FORMAT = "json", GOOGLE_CLOUD_PROJECT = var.project_id },
    local.gitlab_settings,
    local.database_settings,
    local.loader_secret_names,
    var.settings,
  )

  receiver_settings = merge(
    { LOG_FORMAT = "json", WEBHOOK_TOPIC = "${local.parent}/topics/${var.prefix}-webhooks" },
    local.receiver_secret_names,
    { for name, value in var.settings : name => value if startswith(name, "WEBHOOK_") },
  )
}
