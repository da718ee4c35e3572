#!/usr/bin/env bash
# Reading feeds and cleaning HTML. B is the folder of a release build.
set -eu
cd "$(dirname "$0")/../.."
${MAKE:-make} -s "${B:-build/release}/bench/collect"
"${B:-build/release}/bench/collect"
