#!/usr/bin/env bash
# Everything that says whether wrap is sound; the last line is "N passed, N failed" over all suites.
# check.sh [SUITE...]: lint, unit, flow, fuzz; all of them when none is named.
set -u
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
make=${MAKE:-make} python=${PYTHON:-/usr/bin/python3} jobs=$(nproc)
suites=${*:-build lint unit fuzz flow}
log=build/check
mkdir -p $log
passed=0 failed=0

say() { printf '\n== %s\n' "$*"; }
# one NAME COMMAND...: one test; its output is shown when it fails.
one() {
	local name=$1
	shift
	if "$@" >"$log/$name.log" 2>&1; then
		passed=$((passed + 1))
		echo "ok      $name"
	else
		failed=$((failed + 1))
		echo "FAILED  $name"
		tail -n 60 "$log/$name.log"
	fi
}

sources() { git ls-files -co --exclude-standard -- 'src/*.[ch]' 'src/**/*.[ch]' 'include/*.h' 'include/**/*.h' 'tests/*.[ch]' 'tests/**/*.[ch]' | sort -u; }
tidy() {
	git ls-files -co --exclude-standard -- 'src/**/*.c' 'src/*.c' | sort -u | xargs -P "$jobs" -n 4 sh -c \
		'for f; do clang-tidy --quiet "$f" -- -std=c17 -D_GNU_SOURCE -Iinclude -Isrc -Ibuild/check $0 2>&1 || exit 255; done' \
		"$(pkg-config --cflags libcurl)"
}

sanitized() { # a build with ASan and UBSan
	$make -s -j"$jobs" VARIANT=asan CFLAGS="-O1 -g" \
		EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE -Werror" \
		EXTRAL="-fsanitize=address,undefined" "$@"
}

for suite in $suites; do
	case $suite in
	build)
		say "build: gcc and clang, no warnings"
		one build-gcc $make -s -j"$jobs" VARIANT=check EXTRA=-Werror build/check/wrap
		one build-clang $make -s -j"$jobs" VARIANT=clang CC=clang EXTRA=-Werror build/clang/wrap
		one build-asan sanitized build/asan/wrap
		;;
	lint)
		say "lint"
		one clang-format sh -c 'clang-format --dry-run -Werror "$@"' sh $(sources)
		one clang-tidy tidy
		one cppcheck cppcheck -q -j "$jobs" --std=c11 --enable=warning,portability,performance --inline-suppr \
			--suppress=missingInclude --suppress=missingIncludeSystem --suppress=unknownMacro \
			--suppress=internalAstError --suppress=syntaxError:src/config/templates.c \
			--error-exitcode=1 -Iinclude -Isrc src
		one manuals sh -c 'for m in src/wrap.1 config/wrap.conf.5; do mandoc -Tlint -Wwarning $m || exit 1; done'
		;;
	unit)
		say "unit tests, with address and undefined-behaviour sanitizers"
		one build-units sanitized unit
		for t in build/asan/unit/test_*; do
			[ -x "$t" ] && [ -f "$t" ] || continue
			name=$(basename "$t")
			[ -f "tests/unit/$name.c" ] || continue
			timeout 300 "$t" >"$log/$name.log" 2>&1
			code=$?
			p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log/$name.log" | tail -1)
			f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log/$name.log" | tail -1)
			p=${p:-0} f=${f:-0}
			if [ $code -ne 0 ] && [ "$f" = 0 ]; then f=1; fi
			if [ $code -eq 0 ] && [ "$p" = 0 ]; then f=1; fi
			passed=$((passed + p)) failed=$((failed + f))
			if [ "$f" = 0 ]; then echo "ok      $name ($p)"; else
				echo "FAILED  $name ($p passed, $f failed)"
				tail -n 40 "$log/$name.log"
			fi
		done
		;;
	flow)
		say "flow tests: the program against real peers"
		$make -s -j"$jobs" VARIANT=check EXTRA=-Werror build/check/wrap
		WRAP=$PWD/build/check/wrap timeout 1800 $python -m pytest -q -rs -p no:cacheprovider -n "$jobs" --dist loadfile --tb=short tests/flow 2>&1 |
			tee "$log/flow.log" | tail -n 80
		line=$(grep -E '^(=+ )?[0-9]+ (passed|failed|error)|^=+ .*(passed|failed|error)' "$log/flow.log" | tail -1)
		p=$(echo "$line" | sed -n 's/.*[^0-9]\{0,1\}\b\([0-9][0-9]*\) passed.*/\1/p')
		f=$(echo "$line" | sed -n 's/.*\b\([0-9][0-9]*\) failed.*/\1/p')
		e=$(echo "$line" | sed -n 's/.*\b\([0-9][0-9]*\) error.*/\1/p')
		[ -n "$p$f$e" ] || f=1
		passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0} + ${e:-0}))
		;;
	fuzz)
		say "fuzzers: each over its kept corpus; make fuzz runs them for longer"
		for f in tests/fuzz/fuzz_*.c; do
			[ -e "$f" ] || continue
			name=$(basename "$f" .c)
			one "$name" env FUZZ_SECONDS="${FUZZ_SECONDS:-0}" bash tests/fuzz/run.sh "$name"
		done
		;;
	*)
		echo "check.sh: no suite named $suite" >&2
		exit 64
		;;
	esac
done
echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
