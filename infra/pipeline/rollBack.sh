#!/usr/bin/env bash
# Rolls a stack back to an earlier package: first the traffic, in seconds and regardless of alarms, then the stack itself.
# rollBack.sh <stack> [<timestamp>]: without a timestamp, to the latest earlier package that has passed its smoke test.
set -euo pipefail
stack=$1 timestamp=${2:-}
here=$(dirname "$0")
aws() { command aws --output json "$@"; }
status() { aws cloudformation describe-stacks --stack-name "$stack" | jq --raw-output '.Stacks[0].StackStatus'; }
physical() {
  aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id "$1" |
    jq --raw-output .StackResourceDetail.PhysicalResourceId
}

# Stopping a deployment makes CodeDeploy move its traffic back, and CloudFormation roll back.
application=$(physical Releases)
for group in ListLambdaInstancesRelease MaintainPageIndexRelease; do
  running=$(aws deploy list-deployments --application-name "$application" --deployment-group-name "$(physical "$group")" \
    --include-only-statuses Created Queued InProgress Ready | jq --raw-output '.deployments[]')
  for deployment in $running; do
    aws deploy stop-deployment --deployment-id "$deployment" --auto-rollback-enabled >/dev/null
    echo "stopped deployment $deployment"
  done
done
if [[ $(status) == UPDATE_IN_PROGRESS ]]; then aws cloudformation cancel-update-stack --stack-name "$stack" || true; fi
while [[ $(status) == *_IN_PROGRESS ]]; do sleep 10; done # `aws cloudformation wait` expects a certain outcome, and this may end either way

deployed=$(aws cloudformation get-template --stack-name "$stack" | jq .TemplateBody)
current=$("$here/deployedTimestamp.sh" "$stack" | cut --delimiter = --fields 2)
bucket=$(physical ServerlessDeploymentBucket)
folders=$(aws s3api list-objects-v2 --bucket "$bucket" --prefix "serverless/lambda-instances-api/${stack##*-}/" |
  jq --raw-output '.Contents[]?.Key | select(endswith("/compiled-cloudformation-template.json")) | rtrimstr("/compiled-cloudformation-template.json")' | sort)
if [[ -z $timestamp ]]; then
  timestamp=$(aws s3api list-objects-v2 --bucket "$bucket" --prefix released/ |
    jq --raw-output --arg current "$current" '[.Contents[]?.Key | ltrimstr("released/") | select(. < $current)] | max // empty')
fi
folder=$(grep "/${timestamp:-none}-" <<<"$folders") || {
  echo "The bucket $bucket holds no package ${timestamp:-that passed its smoke test before $current}; it holds: $(xargs -r -n 1 basename <<<"$folders" | cut -d - -f 1 | xargs)" >&2
  exit 1
}
work=$(mktemp --directory)
trap 'rm -r "$work"' EXIT
aws s3 cp --quiet "s3://$bucket/$folder/compiled-cloudformation-template.json" "$work/package.json"

# Moves each alias to the version that the stack has for the package, or to the latest earlier one with the same code.
aliases='.Resources[] | select(.Type == "AWS::Lambda::Alias") | [.Properties.FunctionName.Ref, .Properties.FunctionVersion["Fn::GetAtt"][0]] | @tsv'
while read -r function versionId; do
  name=$(jq --raw-output --arg id "$function" '.Resources[$id].Properties.FunctionName' <<<"$deployed")
  version=$(physical "$versionId")
  version=${version##*:}
  wanted=$(jq --raw-output "$aliases" "$work/package.json" | awk -v id="$function" '$1 == id { print $2 }')
  if [[ $wanted != "$versionId" ]]; then
    code=$(jq --raw-output --arg id "$wanted" '.Resources[$id].Properties.CodeSha256' "$work/package.json")
    version=$(aws lambda list-versions-by-function --function-name "$name" |
      jq --exit-status --arg code "$code" --argjson below "$version" \
        '[.Versions[] | select(.CodeSha256 == $code and .Version != "$LATEST") | .Version | tonumber | select(. < $below)] | max // empty') || {
      echo "$name has no version with the code of package $timestamp" >&2
      exit 1
    }
  fi
  aws lambda update-alias --function-name "$name" --name live --function-version "$version" \
    --routing-config '{"AdditionalVersionWeights":{}}' >/dev/null
  echo "$name serves version $version"
done < <(jq --raw-output "$aliases" <<<"$deployed")

if [[ $(status) == UPDATE_ROLLBACK_FAILED ]]; then
  aws cloudformation continue-update-rollback --stack-name "$stack"
  aws cloudformation wait stack-rollback-complete --stack-name "$stack"
fi
if [[ $timestamp == "$current" ]]; then
  echo "$stack runs package $timestamp"
  exit
fi
# Without update policies the template moves the aliases at once, without shifting traffic or checking alarms.
jq 'del(.Resources[].UpdatePolicy)' "$work/package.json" >"$work/template.json"
aws cloudformation deploy --stack-name "$stack" --template-file "$work/template.json" --s3-bucket "$bucket" \
  --s3-prefix rollback --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM
echo "$stack runs package $timestamp"
