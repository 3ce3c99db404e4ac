# What everything needs. Variables of one concern stand in the file of that concern's name: variables_*.tf.

variable "project_id" {
  description = "Project in which everything is made."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id: expected the id of a project such as acme-analytics, not its name or number."
  }
}

variable "region" {
  description = "Region of the functions, the database, the queue and the images."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region: expected a region such as europe-west1, not a zone."
  }
}

variable "prefix" {
  description = "Beginning of every name, so that two deployments fit into one project."
  type        = string
  default     = "gitlab"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.prefix))
    error_message = "prefix: expected 3 to 20 lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen."
  }
}

variable "labels" {
  description = "Labels of everything that carries labels, for bills and searches."
  type        = map(string)
  default     = { app = "gitlab-alloydb" }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the database, the functions and the secrets."
  type        = bool
  default     = true
}

variable "gitlab_base_url" {
  description = "Address of GitLab, with its relative root if it has one: the setting GITLAB_BASE_URL."
  type        = string
  default     = "https://gitlab.com"

  validation {
    condition     = can(regex("^https?://[^/@\\s]+(/[^@\\s]*)?$", var.gitlab_base_url))
    error_message = "gitlab_base_url: expected an address such as https://gitlab.example.com, without a user or a password."
  }
}

variable "gitlab_scope" {
  description = "Projects and groups, as globs over full paths: the setting GITLAB_SCOPE. Empty: all that the token sees."
  type        = string
  default     = ""
}

variable "dataset" {
  description = "Schema of the tables: the setting DATASET."
  type        = string
  default     = "gitlab_data"

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,56}$", var.dataset))
    error_message = "dataset: expected a schema name of lower-case letters, digits and underscores, at most 57 of them."
  }
}

variable "settings" {
  description = "Further settings of the loader by their names, e.g. { RESOURCES = \"!jobs\" }. README.md lists them. Never a secret."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for name in keys(var.settings) :
      !contains(["GITLAB_TOKEN", "DATABASE_URL", "DB_PASSWORD", "WEBHOOK_TOKENS", "WEBHOOK_SIGNING_SECRETS", "GITLAB_CLIENT_KEY", "ALERT_WEBHOOK_URL"], name)
    ])
    error_message = "settings: a secret has no place here, where everybody who sees the function reads it; add a version to its secret in Secret Manager."
  }

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "settings: expected names of environment variables such as RATE_RESERVE_PERCENT."
  }
}

variable "extra_secrets" {
  description = "Further settings whose values are secrets: which, and the name of the secret to make for it, e.g. { GITLAB_CA = \"ca\" }."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.extra_secrets) : contains(["GITLAB_CA", "GITLAB_CLIENT_CERT", "GITLAB_CLIENT_KEY"], name)])
    error_message = "extra_secrets: expected GITLAB_CA, GITLAB_CLIENT_CERT or GITLAB_CLIENT_KEY; all other secrets are made already."
  }
}
