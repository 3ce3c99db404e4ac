variable "form" {
  description = "run: services of Cloud Run from one image. functions: Cloud Functions from an archive, so that `gcloud functions call` works."
  type        = string
  default     = "run"

  validation {
    condition     = contains(["run", "functions"], var.form)
    error_message = "form: expected run or functions."
  }

  validation {
    condition     = var.form == "run" || (var.source_bucket != null && var.source_object != null)
    error_message = "form: functions are built from an archive; set source_bucket and source_object."
  }
}

variable "image" {
  description = "Image that all functions and jobs run; FUNCTION_TARGET chooses the function. Null: each function is built from source_bucket."
  type        = string
  default     = null

  validation {
    condition     = var.image != null || (var.source_bucket != null && var.source_object != null)
    error_message = "image: set an image, or source_bucket and source_object of an archive of dist/."
  }
}

variable "node_command" {
  description = "How services and jobs start Node.js in the image. Buildpack images have a launcher; for an image with node in its PATH: [\"node\"]."
  type        = list(string)
  default     = ["/cnb/lifecycle/launcher", "--", "node"]

  validation {
    condition     = length(var.node_command) > 0
    error_message = "node_command: expected at least one word, such as node."
  }
}

variable "source_bucket" {
  description = "Bucket with the archive of dist/, for functions that are built from source."
  type        = string
  default     = null
}

variable "source_object" {
  description = "Name of that archive in source_bucket, e.g. gitlab-alloydb-0.1.0.zip. A new name deploys anew."
  type        = string
  default     = null
}

variable "base_image" {
  description = "Base image of functions that are built from source; null: the one of Google's choice for Node.js."
  type        = string
  default     = null
}

variable "families" {
  description = "Families to deploy, as in families.json; the families they depend on come by themselves. Empty: all."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for family in var.families : contains(keys(jsondecode(file("${path.module}/families.json"))), family)])
    error_message = "families: expected names of families.json, e.g. [\"issues\", \"jobs\"]."
  }
}

variable "family_overrides" {
  description = "What differs from families.json for single families."
  type = map(object({
    schedule        = optional(string)
    memory          = optional(string)
    cpu             = optional(string)
    timeout_seconds = optional(number)
    budget_seconds  = optional(number)
    max_instances   = optional(number)
    paused          = optional(bool)
  }))
  default = {}

  validation {
    condition     = alltrue([for family in keys(var.family_overrides) : contains(keys(jsondecode(file("${path.module}/families.json"))), family)])
    error_message = "family_overrides: expected names of families.json as keys."
  }

  validation {
    condition     = alltrue([for o in values(var.family_overrides) : o.schedule == null || length(split(" ", coalesce(o.schedule, "* * * * *"))) == 5])
    error_message = "family_overrides: expected a schedule of five fields such as */10 * * * *."
  }

  validation {
    condition     = alltrue([for o in values(var.family_overrides) : o.timeout_seconds == null ? true : o.timeout_seconds >= 60 && o.timeout_seconds <= 3600])
    error_message = "family_overrides: expected timeout_seconds from 60 to 3600, which is the most that Cloud Run allows."
  }

  validation {
    condition     = alltrue([for o in values(var.family_overrides) : o.budget_seconds == null ? true : o.budget_seconds >= 3 && o.budget_seconds <= 1500])
    error_message = "family_overrides: expected budget_seconds from 3 to 1500; Scheduler and Tasks wait 30 minutes for an answer."
  }
}

variable "max_instances" {
  description = "Most instances of one function at a time, unless family_overrides says otherwise."
  type        = number
  default     = 3

  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 100
    error_message = "max_instances: expected 1 to 100."
  }
}

variable "time_zone" {
  description = "Time zone of the schedules."
  type        = string
  default     = "Etc/UTC"
}

variable "schedules_paused" {
  description = "Whether Scheduler is halted: true stops all loads, e.g. while you restore a database."
  type        = bool
  default     = false
}

variable "continuation" {
  description = "Who calls a function again when its time was up: tasks (Cloud Tasks), pubsub, job (the backfill job) or none."
  type        = string
  default     = "tasks"

  validation {
    condition     = contains(["tasks", "pubsub", "job", "none"], var.continuation)
    error_message = "continuation: expected tasks, pubsub, job or none."
  }

  validation {
    condition     = var.continuation != "job" || var.image != null
    error_message = "continuation: the backfill job needs an image."
  }
}

variable "backfill_tasks" {
  description = "Tasks of the backfill job that work side by side."
  type        = number
  default     = 4

  validation {
    condition     = var.backfill_tasks >= 1 && var.backfill_tasks <= 100
    error_message = "backfill_tasks: expected 1 to 100."
  }
}

variable "backfill_timeout_hours" {
  description = "How long a task of the backfill job may take; what is left is loaded by the next execution."
  type        = number
  default     = 24

  validation {
    condition     = var.backfill_timeout_hours >= 1 && var.backfill_timeout_hours <= 168
    error_message = "backfill_timeout_hours: expected 1 to 168, which is the most that Cloud Run allows."
  }
}
