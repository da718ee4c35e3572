#!/bin/sh
# Returned mail: messages a second from files, and the worst single messages. Budgets: 5,000 a second, 50 ms, 64 MB.
set -eu
cd "$(dirname "$0")/../.."
${MAKE:-make} -s build/release/bench/bounce
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/release/bench/bounce "$folder" "${ROUNDS:-100}"
