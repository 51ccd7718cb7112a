#!/usr/bin/env bash
# Run a command that may push with the deploy key of this repository: `bash .sixfold/with-key.sh git push ...`.
# The key is in the memory of an agent, for this command alone. No file has it, and the command cannot read it.
set -euo pipefail
if [ -z "${SIXFOLD_DEPLOY_KEY:-}" ]; then
  echo "::error::The secret SIXFOLD_DEPLOY_KEY is not set in the environment \`verified\`: see README.md" >&2
  exit 1
fi
key=$SIXFOLD_DEPLOY_KEY
unset SIXFOLD_DEPLOY_KEY
hosts=$(cd "$(dirname "$0")" && pwd)/known_hosts
export GIT_SSH_COMMAND="ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile='$hosts'"
eval "$(ssh-agent -s)" > /dev/null
trap 'kill "$SSH_AGENT_PID"' EXIT
ssh-add -q - <<< "$key"
"$@"
