#!/usr/bin/env bash
# Build every fuzzer and run each for FUZZ_SECONDS over its kept corpus: tests/fuzz/corpus/NAME.
# usage: run.sh [NAME...]
set -eu
cd "$(dirname "$0")/../.."
make=${MAKE:-make}
san="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE"
names=${*:-$(cd tests/fuzz && ls fuzz_*.c 2>/dev/null | sed 's/\.c$//')}
$make -s CC=clang VARIANT=fuzz EXTRA="$san" CFLAGS="-O1 -g" build/fuzz/core.a
failed=0 passed=0
for name in $names; do
	$make -s CC=clang VARIANT=fuzz EXTRA="$san" CFLAGS="-O1 -g" "build/fuzz/bin/$name"
	corpus=tests/fuzz/corpus/${name#fuzz_} work=build/fuzz/work/${name#fuzz_}
	mkdir -p "$corpus" "$work"
	# FUZZ_SECONDS=0 replays what is kept, and nothing is left to chance.
	limit="-max_total_time=${FUZZ_SECONDS:-60}"
	if [ "${FUZZ_SECONDS:-60}" = 0 ]; then limit=-runs=0; fi
	if "build/fuzz/bin/$name" "$limit" -timeout=5 -rss_limit_mb=512 \
		-artifact_prefix="build/fuzz/$name-" -print_final_stats=1 "$work" "$corpus" >"build/fuzz/$name.log" 2>&1; then
		passed=$((passed + 1))
		grep -E 'number_of_executed_units' "build/fuzz/$name.log" | sed "s/^/$name: /"
	else
		failed=$((failed + 1))
		tail -30 "build/fuzz/$name.log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
