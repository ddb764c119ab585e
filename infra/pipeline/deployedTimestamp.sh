#!/usr/bin/env bash
# Prints the package that a stack runs, as `serverless rollback` names it: timestamp=1795552889056. The value is empty if
# the stack does not exist, or has never run a package because its first deployment failed.
set -euo pipefail
stack=$1

if ! template=$(aws cloudformation get-template --stack-name "$stack" --output json 2>&1); then
  if [[ $template == *"does not exist"* ]]; then
    echo "timestamp="
    exit
  fi
  echo "$template" >&2
  exit 1
fi

key=$(jq --raw-output '.TemplateBody.Resources.ListLambdaInstancesLambdaFunction.Properties.Code.S3Key // ""' <<<"$template")
if [[ $key && ! $key =~ /([0-9]{13})-[^/]+/[^/]+$ ]]; then
  echo "$stack runs $key, which was not packaged by the Serverless Framework" >&2
  exit 1
fi
echo "timestamp=${BASH_REMATCH[1]:-}"
