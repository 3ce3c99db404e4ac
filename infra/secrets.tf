# Secrets without values: whoever has the value adds a version by hand, so that it is neither in Terraform's state nor in
# a file. The functions get the names of the secrets and read them themselves.

locals {
  checks_token     = var.webhooks && contains(["token", "both"], var.webhook_check)
  checks_signature = var.webhooks && contains(["signing", "both"], var.webhook_check)

  # Setting -> secret. What reads a secret is in secret_readers; nobody else may.
  loader_secrets = merge(
    { GITLAB_TOKEN = "${var.prefix}-token" },
    var.database == "url" ? { DATABASE_URL = "${var.prefix}-database-url" } : {},
    local.has_alloydb && var.db_login == "password" ? { DB_PASSWORD = "${var.prefix}-db-password" } : {},
    { for setting, name in var.extra_secrets : setting => "${var.prefix}-${name}" },
  )
  receiver_secrets = merge(
    local.checks_token ? { WEBHOOK_TOKENS = "${var.prefix}-webhook-tokens" } : {},
    local.checks_signature ? { WEBHOOK_SIGNING_SECRETS = "${var.prefix}-webhook-signing-secrets" } : {},
  )
  secret_readers = merge(
    { for name in values(local.loader_secrets) : name => "loader" },
    { for name in values(local.receiver_secrets) : name => "receiver" },
  )

  # GITLAB_TOKEN_SECRET = projects/P/secrets/gitlab-token: a name, not a value. Without a version it means the latest.
  loader_secret_names   = { for setting, name in local.loader_secrets : "${setting}_SECRET" => "${local.parent}/secrets/${google_secret_manager_secret.this[name].secret_id}" }
  receiver_secret_names = { for setting, name in local.receiver_secrets : "${setting}_SECRET" => "${local.parent}/secrets/${google_secret_manager_secret.this[name].secret_id}" }
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secret_readers

  secret_id           = each.key
  labels              = var.labels
  deletion_protection = var.deletion_protection

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secret_readers

  secret_id = google_secret_manager_secret.this[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member[each.value]
}
