#!/usr/bin/env bash
# Draft from 10,000 articles (budget 1 s), sentences a second on made-up prose (budget 50 MB/s).
set -eu
cd "$(dirname "$0")/../.."
make -s build/release/bench/digest build/release/bench/digest_inspect
build/release/bench/digest 10000
text=$(mktemp)
trap 'rm -f "$text"' EXIT
for i in $(seq 400); do
	printf 'The registry of zone %d said on Jan. %d that Dr. Smith of Acme Inc. had signed it. ' "$i" $((i % 28 + 1))
	printf '"We waited long," he said, "and it cost $1.5 million." Version 9.18.%d fixed the rest; nobody at ' "$i"
	printf 'example.org noticed (the cache hid it). Was it worth it? The U.S. operators think so.\n\n'
done >"$text"
build/release/bench/digest_inspect sentences "$text" en 200
build/release/bench/digest_inspect words "$text" en 200
