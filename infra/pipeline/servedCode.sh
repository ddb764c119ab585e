#!/usr/bin/env bash
# Fails unless each function of a stack serves exactly the code in its zip: servedCode.sh <stack> <folder of zips>.
set -euo pipefail
stack=$1 folder=$2
aws() { command aws --output json "$@"; }

failed=0
for zip in "$folder"/*.zip; do
  name=$(basename "$zip" .zip)
  version='$LATEST' # CodeDeploy calls checkRelease unversioned
  if [[ $name != checkRelease ]]; then
    alias=$(aws lambda get-alias --function-name "$stack-$name" --name live)
    version=$(jq --raw-output '.FunctionVersion' <<<"$alias")
    if ! jq --exit-status '(.RoutingConfig.AdditionalVersionWeights // {}) == {}' <<<"$alias" >/dev/null; then
      echo "$name: traffic is shared between versions" >&2
      failed=1
    fi
  fi
  served=$(aws lambda get-function-configuration --function-name "$stack-$name" --qualifier "$version" | jq --raw-output .CodeSha256)
  if [[ $served == "$(openssl dgst -sha256 -binary "$zip" | base64)" ]]; then
    echo "$name: version $version serves $zip"
  else
    echo "$name: version $version serves other code than $zip" >&2
    failed=1
  fi
done
exit "$failed"
