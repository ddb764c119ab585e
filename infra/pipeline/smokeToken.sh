#!/usr/bin/env bash
# Makes a token for a smoke test and puts it, as TOKEN and TOKEN_ID, into the environment of a workflow's later steps.
# The log is told to mask it before anything else could show it.
set -euo pipefail

created=$(npm run --silent token -- create --label "smoke test ${GITHUB_RUN_ID:-}" --expires 15m --json)
token=$(jq --exit-status --raw-output .token <<<"$created")
echo "::add-mask::$token"
{
  echo "TOKEN=$token"
  echo "TOKEN_ID=$(jq --exit-status --raw-output .tokenId <<<"$created")"
} >>"$GITHUB_ENV"
