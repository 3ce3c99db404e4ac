variable "alert_email" {
  description = "Where alerts go; null: only to notification_channels."
  type        = string
  default     = null

  validation {
    condition     = var.alert_email == null ? true : can(regex("^[^@\\s]+@[^@\\s]+$", var.alert_email))
    error_message = "alert_email: expected an e-mail address."
  }
}

variable "notification_channels" {
  description = "Further notification channels of Cloud Monitoring: projects/P/notificationChannels/N."
  type        = list(string)
  default     = []
}

variable "silent_hours" {
  description = "Hours without a successful run of a function after which an alert is raised."
  type        = number
  default     = 6

  validation {
    condition     = var.silent_hours >= 1 && var.silent_hours <= 23
    error_message = "silent_hours: expected 1 to 23; Cloud Monitoring knows no longer silence."
  }
}

variable "build_repository" {
  description = "Repository that Cloud Build is connected to: projects/P/locations/R/connections/C/repositories/N. Null: no trigger."
  type        = string
  default     = null

  validation {
    condition     = var.build_repository == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.build_repository))
    error_message = "build_repository: expected projects/P/locations/R/connections/C/repositories/N."
  }

  validation {
    condition     = var.build_repository == null || var.state_bucket != null
    error_message = "build_repository: a build that applies Terraform needs state_bucket."
  }
}

variable "build_branch" {
  description = "Branch whose pushes are deployed, as a regular expression."
  type        = string
  default     = "^main$"
}

variable "state_bucket" {
  description = "Bucket of Terraform's state, which the build uses."
  type        = string
  default     = null
}
