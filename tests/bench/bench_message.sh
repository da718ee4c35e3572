#!/bin/sh
# What a message costs: an edition of 25 stories, spliced, hashed, signed.
set -eu
cd "$(dirname "$0")/../.."
${MAKE:-make} -s build/release/bench/message
exec build/release/bench/message tests/golden/many.md "${ROUNDS:-20000}"
