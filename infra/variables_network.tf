variable "network" {
  description = "A network that is there: projects/P/global/networks/N. Null: one is made."
  type        = string
  default     = null

  validation {
    condition     = (var.network == null) == (var.subnetwork == null)
    error_message = "network: set network and subnetwork together, or neither."
  }
}

variable "subnetwork" {
  description = "Subnetwork of that network in the same region, /26 or larger: projects/P/regions/R/subnetworks/S."
  type        = string
  default     = null
}

variable "subnet_range" {
  description = "Addresses of the subnetwork that is made. Direct VPC egress takes two for each instance of a function."
  type        = string
  default     = "10.80.0.0/24"

  validation {
    condition     = can(cidrhost(var.subnet_range, 0)) && can(regex("/(1[0-9]|2[0-6])$", var.subnet_range))
    error_message = "subnet_range: expected a range from /10 to /26 such as 10.80.0.0/24."
  }
}

variable "private_services_access" {
  description = "Whether private services access is set up in the network; false where the network has it already."
  type        = bool
  default     = true
}

variable "egress" {
  description = "PRIVATE_RANGES_ONLY: GitLab on the internet is reached directly. ALL_TRAFFIC: everything goes by way of the network, which needs Cloud NAT."
  type        = string
  default     = "PRIVATE_RANGES_ONLY"

  validation {
    condition     = contains(["PRIVATE_RANGES_ONLY", "ALL_TRAFFIC"], var.egress)
    error_message = "egress: expected PRIVATE_RANGES_ONLY or ALL_TRAFFIC."
  }
}

variable "vpc_connector" {
  description = "Serverless VPC Access connector for form = functions, which knows no direct egress: projects/P/locations/R/connectors/C."
  type        = string
  default     = null
}
