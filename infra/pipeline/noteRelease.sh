#!/usr/bin/env bash
# Records in a stack's bucket that the running package has passed its smoke test: rollBack.sh selects such packages.
set -euo pipefail
stack=$1
timestamp=$("$(dirname "$0")/deployedTimestamp.sh" "$stack" | cut --delimiter = --fields 2)
bucket=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id ServerlessDeploymentBucket \
  --output json | jq --raw-output .StackResourceDetail.PhysicalResourceId)
aws s3api put-object --bucket "$bucket" --key "released/${timestamp:?$stack runs no package}" --output json >/dev/null
