output "urls" {
  description = "Address of each function."
  value       = { for id, function in local.functions : id => "https://${function.name}-${local.host}" }
}

output "webhook_url" {
  description = "Address for GitLab's webhooks: the setting WEBHOOK_URL of `hooks install`."
  value       = var.webhooks ? "https://${var.prefix}-receive-${local.host}" : null
}

output "call" {
  description = "Commands that call a family now."
  value = { for id, family in local.families : id => var.form == "functions" ?
    "gcloud functions call ${family.name} --gen2 --region=${var.region} --data='{}'" :
    "gcloud scheduler jobs run ${family.name} --location=${var.region} --project=${var.project_id}"
  }
}

output "secrets" {
  description = "Commands that add the value of each secret; they read it from standard input."
  value       = { for name in keys(local.secret_readers) : name => "gcloud secrets versions add ${name} --project=${var.project_id} --data-file=-" }
}

output "commands" {
  description = "Commands that migrate, look and load everything in the project, without a way to the database from here."
  value = var.image == null ? {} : {
    migrate  = "gcloud run jobs execute ${var.prefix}-command --region=${var.region} --project=${var.project_id} --wait"
    check    = "gcloud run jobs execute ${var.prefix}-command --region=${var.region} --project=${var.project_id} --wait --args=${join(",", concat(slice(var.node_command, 1, length(var.node_command)), ["cli.cjs", "check"]))}"
    status   = "gcloud run jobs execute ${var.prefix}-command --region=${var.region} --project=${var.project_id} --wait --args=${join(",", concat(slice(var.node_command, 1, length(var.node_command)), ["cli.cjs", "status"]))}"
    backfill = "gcloud run jobs execute ${var.prefix}-backfill --region=${var.region} --project=${var.project_id}"
  }
}

output "database_grants" {
  description = "What an administrator of the database runs once, for instance in AlloyDB Studio."
  value = local.has_alloydb ? join("\n", [
    "grant create on database \"${var.db_name}\" to \"${var.db_login == "iam" ? trimsuffix(local.email.loader, ".gserviceaccount.com") : var.db_user}\";",
    "grant temporary on database \"${var.db_name}\" to \"${var.db_login == "iam" ? trimsuffix(local.email.loader, ".gserviceaccount.com") : var.db_user}\";",
  ]) : null
}

output "alloydb_instance" {
  description = "The instance, as the setting ALLOYDB_INSTANCE wants it."
  value       = local.has_alloydb ? local.alloydb_instance : null
}

output "private_service_connect" {
  description = "What an endpoint for Private Service Connect needs: the service attachment and the name that has to lead to the endpoint."
  value = local.makes_database && var.connectivity == "psc" ? {
    service_attachment = google_alloydb_instance.this[0].psc_instance_config[0].service_attachment_link
    dns_name           = google_alloydb_instance.this[0].psc_instance_config[0].psc_dns_name
  } : null
}

output "accounts" {
  description = "E-mail addresses of the service accounts."
  value       = local.email
}

output "registry" {
  description = "Where images go."
  value       = local.registry
}
