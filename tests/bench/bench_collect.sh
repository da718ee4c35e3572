#!/usr/bin/env bash
# Reading feeds, cleaning HTML, finding articles in pages.
set -eu
cd "$(dirname "$0")/../.."
${MAKE:-make} -s build/release/bench/collect
exec build/release/bench/collect
