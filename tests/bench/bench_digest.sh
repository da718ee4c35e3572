#!/usr/bin/env bash
# Draft from 10,000 articles (budget 1 s, three times), sentences a second on made-up prose (budget 50 MB/s) beside a
# plain pass over the same bytes, and a summary of an article of 500 words (budget 2 ms). Processor time.
set -eu
cd "$(dirname "$0")/../.."
make -s build/release/bench/digest build/release/bench/digest_inspect
for _ in 1 2 3; do
	build/release/bench/digest 10000
done
text=$(mktemp)
trap 'rm -f "$text"' EXIT
for i in $(seq 400); do
	printf 'The registry of zone %d said on Jan. %d that Dr. Smith of Acme Inc. had signed it. ' "$i" $((i % 28 + 1))
	printf '"We waited long," he said, "and it cost $1.5 million." Version 9.18.%d fixed the rest; nobody at ' "$i"
	printf 'example.org noticed (the cache hid it). Was it worth it? The U.S. operators think so.\n\n'
	if [ $((i % 10)) = 0 ]; then printf '\f'; fi
done >"$text"
build/release/bench/digest_inspect bytes "$text" en 2000
build/release/bench/digest_inspect sentences "$text" en 200
build/release/bench/digest_inspect words "$text" en 200
build/release/bench/digest_inspect summary "$text" en 20
