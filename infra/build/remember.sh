#!/usr/bin/env bash
# Writes down what serves now, for release.sh to put back: one line for each service and its revision, each job and its image.
# Both files stay empty before the first deployment.
set -euo pipefail

: "${REGION:?}" "${PREFIX:?}"
directory=${REMEMBERED:-/workspace/remembered}
mkdir -p "$directory"

gcloud run services list --region="$REGION" --filter="metadata.name~^$PREFIX-" \
  --format='value(metadata.name,status.traffic[0].revisionName)' >"$directory/services"
gcloud run jobs list --region="$REGION" --filter="metadata.name~^$PREFIX-" \
  --format='value(metadata.name,spec.template.spec.template.spec.containers[0].image)' >"$directory/jobs"
cat "$directory/services" "$directory/jobs"
