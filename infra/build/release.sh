#!/usr/bin/env bash
# Migrates the state, sends all traffic to the newest revisions and calls one function. When any of it fails, the services get
# the revisions back that remember.sh has written down, the jobs their images, and the build fails. The state needs no way
# back: the release before goes on working on it.
set -euo pipefail

: "${ACTION:?}" "${REGION:?}" "${PREFIX:?}" "${PROJECT:?}" "${SMOKE_FAMILY:?}"
directory=${REMEMBERED:-/workspace/remembered}
pause=${PAUSE_SECONDS:-15}

if [[ "$ACTION" != apply ]]; then
  echo 'Nothing was applied, so nothing is released.'
  exit 0
fi

services() {
  gcloud run services list --region="$REGION" --filter="metadata.name~^$PREFIX-" --format='value(metadata.name)'
}

release() {
  gcloud run jobs execute "$PREFIX-command" --region="$REGION" --wait || return 1
  for service in $(services); do
    gcloud run services update-traffic "$service" --region="$REGION" --to-latest || return 1
  done
  smoke
}

# 200 means that the run is done or goes on; 503 that a later call may mend it, so it is called again.
smoke() {
  local url token status attempt
  url=$(gcloud run services describe "$PREFIX-${SMOKE_FAMILY//_/-}" --region="$REGION" --format='value(status.url)') || return 1
  token=$(gcloud auth print-identity-token --audiences="$url" --include-email \
    --impersonate-service-account="$PREFIX-invoker@$PROJECT.iam.gserviceaccount.com") || return 1
  for attempt in 1 2 3; do
    status=$(curl --silent --show-error --output /dev/stderr --write-out '%{http_code}' --max-time 1800 --request POST \
      --header "Authorization: Bearer $token" --header 'Content-Type: application/json' --data '{}' "$url/") || status=0
    echo "Call $attempt of $SMOKE_FAMILY: $status"
    [[ "$status" == 200 ]] && return 0
    [[ "$status" == 503 || "$status" == 0 ]] || return 1
    sleep "$pause"
  done
  return 1
}

# What cannot be put back is named and does not keep the rest from it. gcloud must not read the list.
roll_back() {
  local left=0
  while read -r service revision; do
    [[ -z "$revision" ]] || gcloud run services update-traffic "$service" --region="$REGION" --to-revisions="$revision=100" </dev/null ||
      { echo "Put $service back to $revision by hand." >&2 && left=1; }
  done <"$directory/services"
  while read -r job image; do
    [[ -z "$image" ]] || gcloud run jobs update "$job" --region="$REGION" --image="$image" </dev/null ||
      { echo "Put $job back to $image by hand." >&2 && left=1; }
  done <"$directory/jobs"
  return "$left"
}

if release; then
  echo 'Released.'
  exit 0
fi
echo 'The release failed.' >&2
roll_back && echo 'What served before serves again.' >&2
exit 1
