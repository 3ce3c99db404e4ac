variable "webhooks" {
  description = "Whether GitLab's webhooks are received: the public function receive, its topic and the function webhooks."
  type        = bool
  default     = true
}

variable "webhook_check" {
  description = "How a webhook proves itself: token (X-Gitlab-Token), signing (webhook-signature) or both."
  type        = string
  default     = "token"

  validation {
    condition     = contains(["token", "signing", "both"], var.webhook_check)
    error_message = "webhook_check: expected token, signing or both."
  }
}

variable "webhook_concurrency" {
  description = "Events that one instance of the function webhooks works on at a time."
  type        = number
  default     = 16

  validation {
    condition     = var.webhook_concurrency >= 8 && var.webhook_concurrency <= 1000
    error_message = "webhook_concurrency: expected 8 to 1000."
  }
}

variable "max_delivery_attempts" {
  description = "Deliveries of a message before it goes to the dead letters. From 10 on, webhooks gives up by itself what it cannot settle, so that only its table webhook_event has it."
  type        = number
  default     = 9

  validation {
    condition     = var.max_delivery_attempts >= 5 && var.max_delivery_attempts <= 100
    error_message = "max_delivery_attempts: expected 5 to 100, as Pub/Sub allows."
  }
}
