#!/usr/bin/env bash
# Tells which package a stack runs, as `serverless rollback` names it: `timestamp=1795552889056`, or nothing after the
# equals sign if there is no such stack yet.
set -euo pipefail
stack=$1

if ! error=$(aws cloudformation describe-stacks --stack-name "$stack" 2>&1 >/dev/null); then
  if [[ $error == *"does not exist"* ]]; then
    echo "timestamp="
    exit
  fi
  echo "$error" >&2
  exit 1
fi

key=$(aws cloudformation get-template --stack-name "$stack" --output text \
  --query TemplateBody.Resources.ListLambdaInstancesLambdaFunction.Properties.Code.S3Key)
if ! [[ $key =~ /([0-9]{13})-[^/]+/[^/]+$ ]]; then
  echo "$stack runs $key, which is no package of the Serverless Framework" >&2
  exit 1
fi
echo "timestamp=${BASH_REMATCH[1]}"
