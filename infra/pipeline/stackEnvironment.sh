#!/usr/bin/env bash
# Prints the names of a stack's tables and the URL of its API for the command-line tools, as lines NAME=value, or nothing.
# With --shell it prints commands that make this the active stage of a shell, bash or zsh:
#
#   eval "$(infra/pipeline/stackEnvironment.sh --shell lambda-instances-api-production)"
#
# Afterwards the shell has all variables or, after a failure, none, so that no tool writes to the previous stage.
set -euo pipefail

shell=
if [[ ${1:-} == --shell ]]; then
  shell=yes
  shift
fi
if [[ $# != 1 ]]; then
  echo "usage: ${0##*/} [--shell] <stack>" >&2
  [[ ! $shell ]] || echo false # for eval to fail too
  exit 2
fi
stack=$1

# AWS_ENDPOINT_URL_DYNAMODB would lead to the tables of `npm start`.
variables='TOKENS_TABLE INSTANCES_TABLE PAGE_INDEX_TABLE API_URL AWS_ENDPOINT_URL_DYNAMODB'
if [[ $shell ]]; then
  echo "unset $variables"
  trap '[[ $? == 0 ]] || echo false' EXIT
fi

region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}} # version 1 of the AWS CLI reads only the second
described=$(aws cloudformation describe-stacks --stack-name "$stack" --output json ${region:+--region "$region"})
found=$(jq --exit-status --raw-output --arg stack "$stack" --arg shell "$shell" '
  .Stacks[0]
  | (.StackId | split(":")) as [$_, $__, $___, $region, $account]
  | (.Outputs // [] | map({key: .OutputKey, value: .OutputValue}) | from_entries) as $outputs
  | {TOKENS_TABLE: "TokensTableName", INSTANCES_TABLE: "InstancesTableName", PAGE_INDEX_TABLE: "PageIndexTableName",
     API_URL: "HttpApiUrl"}
  | with_entries(.value |= ($outputs[.] // error("\($stack) has no output \(.)")))
  | (if $shell == "" then to_entries[] | "\(.key)=\(.value)"
     else . + {AWS_REGION: $region, AWS_DEFAULT_REGION: $region} | to_entries[] | "export \(.key)=\(.value | @sh)" end),
    "active: \($stack) in \($region), account \($account)"
' <<<"$described")

echo "${found%$'\n'*}"
echo "${found##*$'\n'}" >&2
