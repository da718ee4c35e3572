#!/usr/bin/env bash
# Every benchmark, or those named: run.sh [collect message ...]. B is the folder of a release build.
# Benchmarks are bench_NAME.sh or bench_NAME.py; each prints its figures beside their budgets.
set -u
cd "$(dirname "$0")/../.."
export B=${B:-$PWD/build/release} MAKE=${MAKE:-make}
bad=0
for f in tests/bench/bench_*; do
	name=$(basename "$f")
	name=${name#bench_} name=${name%.*}
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	printf '\n== %s\n' "$name"
	case $f in
	*.sh) bash "$f" || bad=1 ;;
	*.py) "${PYTHON:-/usr/bin/python3}" "$f" || bad=1 ;;
	esac
done
exit $bad
