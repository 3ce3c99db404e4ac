variable "database" {
  description = "create: a cluster and an instance of AlloyDB. existing: alloydb_instance. url: any PostgreSQL, its URL in a secret."
  type        = string
  default     = "create"

  validation {
    condition     = contains(["create", "existing", "url"], var.database)
    error_message = "database: expected create, existing or url."
  }

  validation {
    condition     = (var.database == "existing") == (var.alloydb_instance != null)
    error_message = "database: alloydb_instance belongs to existing, and existing needs it."
  }

  validation {
    condition     = var.database != "existing" || var.connectivity == "public" || var.network != null
    error_message = "database: an existing instance with a private address is reached from its own network only; set network and subnetwork."
  }
}

variable "alloydb_instance" {
  description = "An instance that is there: projects/P/locations/R/clusters/C/instances/I. It is not changed; its cluster gets the loader's user."
  type        = string
  default     = null

  validation {
    condition     = var.alloydb_instance == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/clusters/[^/]+/instances/[^/]+$", var.alloydb_instance))
    error_message = "alloydb_instance: expected projects/P/locations/R/clusters/C/instances/I."
  }
}

variable "connectivity" {
  description = "How the instance is reached: psa (private services access), psc (Private Service Connect) or public (through the connector only)."
  type        = string
  default     = "psa"

  validation {
    condition     = contains(["psa", "psc", "public"], var.connectivity)
    error_message = "connectivity: expected psa, psc or public."
  }
}

variable "db_name" {
  description = "Database in the instance: the setting DB_NAME."
  type        = string
  default     = "postgres"
}

variable "db_login" {
  description = "iam: the loader's service account logs in, without a password. password: db_user with the password in a secret."
  type        = string
  default     = "iam"

  validation {
    condition     = contains(["iam", "password"], var.db_login)
    error_message = "db_login: expected iam or password."
  }

  validation {
    condition     = var.db_login == "iam" || var.db_user != null
    error_message = "db_login: a login with a password needs db_user."
  }
}

variable "db_user" {
  description = "User of the database for db_login = password; the setting DB_USER. With iam it is the loader's service account."
  type        = string
  default     = null
}

variable "database_admins" {
  description = "E-mail addresses of people who may administrate the database by IAM, e.g. to grant the loader its rights."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for email in var.database_admins : can(regex("^[^@\\s]+@[^@\\s]+$", email))])
    error_message = "database_admins: expected e-mail addresses."
  }
}

variable "alloydb_cpu_count" {
  description = "vCPUs of the instance that is made; it has 8 GiB for each."
  type        = number
  default     = 2

  validation {
    condition     = contains([1, 2, 4, 8, 16, 32, 64, 96, 128], var.alloydb_cpu_count)
    error_message = "alloydb_cpu_count: expected 1, 2, 4, 8, 16, 32, 64, 96 or 128."
  }
}

variable "alloydb_availability" {
  description = "REGIONAL: a standby in a second zone, at twice the price. ZONAL: none."
  type        = string
  default     = "ZONAL"

  validation {
    condition     = contains(["REGIONAL", "ZONAL"], var.alloydb_availability)
    error_message = "alloydb_availability: expected REGIONAL or ZONAL."
  }
}

variable "alloydb_require_connectors" {
  description = "Whether the instance refuses whoever has no certificate of a connector or an Auth Proxy, also inside the network."
  type        = bool
  default     = false
}

variable "alloydb_version" {
  description = "Version of PostgreSQL in the cluster that is made."
  type        = string
  default     = "POSTGRES_17"

  validation {
    condition     = can(regex("^POSTGRES_(14|15|16|17)$", var.alloydb_version))
    error_message = "alloydb_version: expected POSTGRES_14, POSTGRES_15, POSTGRES_16 or POSTGRES_17."
  }
}
