#!/usr/bin/env bash
# Prepares a stack for its first deployment after a failed attempt: adoptTables.sh <stack> <packaged template>.
# A failed first deployment leaves its tables behind, since they are retained, and the next attempt would create new ones.
# This imports the existing tables into the stack, with their contents.
set -euo pipefail
stack=$1 template=$2
aws() { command aws --output json "$@"; }

stacks=$(aws cloudformation describe-stacks --stack-name "$stack" 2>&1) || [[ $stacks == *"does not exist"* ]] || {
  echo "$stacks" >&2
  exit 1
}
status=$(jq --raw-output '.Stacks[0].StackStatus' <<<"$stacks" 2>/dev/null) || status=
case $status in
ROLLBACK_COMPLETE | REVIEW_IN_PROGRESS) # empty, and cannot be updated
  aws cloudformation delete-stack --stack-name "$stack"
  aws cloudformation wait stack-delete-complete --stack-name "$stack"
  status=
  ;;
esac

deployed='{"Resources":{}}'
[[ -z $status ]] || deployed=$(aws cloudformation get-template --stack-name "$stack" | jq .TemplateBody)
found=$(aws dynamodb list-tables | jq --arg stack "$stack" --argjson deployed "$deployed" --slurpfile packaged "$template" '
  .TableNames as $tables | [$packaged[0].Resources | to_entries[]
    | select(.value.Type == "AWS::DynamoDB::Table" and .value.DeletionPolicy == "Retain" and ($deployed.Resources[.key] | not))
    | {id: .key, tables: (.key as $id | [$tables[] | select(startswith("\($stack)-\($id)-"))])}
    | select(.tables != [])]')
if [[ $found == '[]' ]]; then exit; fi
if ambiguous=$(jq --exit-status --raw-output '.[] | select(.tables | length > 1) | .tables | join(", ")' <<<"$found"); then
  echo "Several tables are left over; delete all but the one to keep: $ambiguous" >&2
  exit 1
fi

imports=$(jq '[.[] | {ResourceType: "AWS::DynamoDB::Table", LogicalResourceId: .id, ResourceIdentifier: {TableName: .tables[0]}}]' <<<"$found")
body=$(jq --argjson found "$found" --slurpfile packaged "$template" '
  .Resources += ([$found[].id | {key: ., value: $packaged[0].Resources[.]}] | from_entries)' <<<"$deployed")
aws cloudformation create-change-set --stack-name "$stack" --change-set-name adopt-tables --change-set-type IMPORT \
  --resources-to-import "$imports" --template-body "$body" >/dev/null
aws cloudformation wait change-set-create-complete --stack-name "$stack" --change-set-name adopt-tables
aws cloudformation execute-change-set --stack-name "$stack" --change-set-name adopt-tables
aws cloudformation wait stack-import-complete --stack-name "$stack"
jq --raw-output '.[] | "adopted \(.tables[0])"' <<<"$found"
