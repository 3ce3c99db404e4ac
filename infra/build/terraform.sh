#!/bin/sh
# Plans or applies infra/ with the state in a bucket. ACTION is plan or apply.
set -eu

: "${ACTION:?}" "${STATE_BUCKET:?}" "${TF_VAR_image:?}"
cd "$(dirname "$0")/.."
cp backend.tf.example backend.tf
terraform init -input=false -backend-config="bucket=$STATE_BUCKET"
terraform plan -input=false -lock-timeout=300s -out=tfplan
[ "$ACTION" = apply ] || exit 0
terraform apply -input=false -lock-timeout=300s tfplan
