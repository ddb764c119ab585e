#!/usr/bin/env bash
# Creates a token for a smoke test, masks it in the workflow's log, and exports TOKEN and TOKEN_ID to its later steps.
# Runs in the root of the project, where `npm run build` or the artifact `dist` has put dist/tools.
set -euo pipefail

created=$(node dist/tools/token.js create --label "smoke test ${GITHUB_RUN_ID:-}" --expires 15m --json)
token=$(jq --exit-status --raw-output .token <<<"$created")
echo "::add-mask::$token"
{
  echo "TOKEN=$token"
  echo "TOKEN_ID=$(jq --exit-status --raw-output .tokenId <<<"$created")"
} >>"$GITHUB_ENV"
