#!/usr/bin/env bash
# Tells a stack's tables and URL as the command-line tools take them: NAME=value, a line each.
# By hand: export $(infra/pipeline/stackEnvironment.sh lambda-instances-api-production)
set -euo pipefail
stack=$1

outputs=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs')
for pair in TokensTableName=TOKENS_TABLE InstancesTableName=INSTANCES_TABLE PageIndexTableName=PAGE_INDEX_TABLE \
  HttpApiUrl=API_URL; do
  if ! value=$(jq --exit-status --raw-output --arg key "${pair%=*}" \
    '.[] | select(.OutputKey == $key).OutputValue' <<<"$outputs"); then
    echo "$stack has no output ${pair%=*}" >&2
    exit 1
  fi
  echo "${pair#*=}=$value"
done
