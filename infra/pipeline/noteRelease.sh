#!/usr/bin/env bash
# Notes in a stack's bucket that the package which it runs passed its smoke test: rollBack.sh goes back to such packages.
set -euo pipefail
stack=$1
timestamp=$("$(dirname "$0")/deployedTimestamp.sh" "$stack" | cut --delimiter = --fields 2)
bucket=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id ServerlessDeploymentBucket \
  --output json | jq --raw-output .StackResourceDetail.PhysicalResourceId)
aws s3api put-object --bucket "$bucket" --key "released/${timestamp:?$stack runs no package}" --output json >/dev/null
