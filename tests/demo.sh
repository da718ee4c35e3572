#!/bin/sh
# A whole week on sample content, into a Maildir: demo.sh PROGRAM [DIR]
# Two feeds are served from this machine on a free port for as long as the demonstration runs.
set -eu
wrap=$1
here=$(cd "$(dirname "$0")" && pwd)
dir=${2:-$here/../build/demo}
rm -rf "$dir"
mkdir -p "$dir/site" "$dir/articles"
dir=$(cd "$dir" && pwd)

# @RFC822:2@ and its like become dates so many days ago, so that it is always this week's news.
fill() {
	sed -e "s/@HOST@/127.0.0.1:$port/g" $(for d in 1 2 3 4 5; do
		t=$(($(date +%s) - d * 86400 + 3600))
		printf ' -e s/@RFC822:%s@/%s/ -e s/@RFC3339:%s@/%s/ -e s/@DATE:%s@/%s/' \
			$d "$(LC_ALL=C date -u -d @$t '+%a,_%d_%b_%Y_%H:%M:%S_+0000')" \
			$d "$(date -u -d @$t '+%Y-%m-%dT%H:%M:%SZ')" $d "$(date -u -d @$t '+%Y-%m-%d')"
	done) | sed -e 's/\([A-Z][a-z][a-z]\),_\([0-9]*\)_\([A-Z][a-z]*\)_\([0-9]*\)_\([0-9:]*\)_/\1, \2 \3 \4 \5 /'
}

# The server picks its port and writes it down.
/usr/bin/python3 - "$dir/site" "$dir/port" >/dev/null 2>&1 <<'PY' &
import functools, http.server, os, sys
h = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), h)
open(sys.argv[2] + ".new", "w").write(str(s.server_port))
os.rename(sys.argv[2] + ".new", sys.argv[2])
s.serve_forever()
PY
server=$!
trap 'kill $server 2>/dev/null' EXIT INT TERM
n=0
while [ ! -s "$dir/port" ]; do
	n=$((n + 1))
	[ $n -lt 100 ] || { echo "demo: the feed server did not start" >&2; exit 69; }
	sleep 0.1
done
port=$(cat "$dir/port")

for f in resolver.xml notes.atom; do fill <"$here/demo/site/$f" >"$dir/site/$f"; done
for f in "$here"/demo/articles/*.md; do fill <"$f" >"$dir/articles/$(basename "$f")"; done
sed -n '/^topics = (/,/^);/p' "$here/../config/wrap.conf.example" >"$dir/topics"
sed -e "/@TOPICS@/{r $dir/topics
d}" -e "s/@HOST@/127.0.0.1:$port/g" "$here/demo/wrap.conf" >"$dir/wrap.conf"
rm "$dir/topics"

w() { "$wrap" -c "$dir/wrap.conf" "$@"; }
"$wrap" -q init "$dir"
echo "== five readers, one of them for two topics only"
for who in ann bob carla deniz; do w subscribe "$who@example.net" --confirmed --why "the demonstration"; done
w subscribe "Édouard <edouard@example.net>" --topics "DNS,IPv4 Markets" --confirmed --why "the demonstration"
echo
echo "== wrap run"
w run
key=$(w --json status | sed 's/^{"edition":{"key":"\([^"]*\)".*/\1/')
w preview "$key" --html "$dir/edition.html" --text "$dir/edition.txt"
echo
echo "== the text part of $key"
echo
cat "$dir/edition.txt"
echo
echo "== where things are"
echo "  mail      $dir/outbox/new  ($(ls "$dir/outbox/new" | wc -l) messages; any mail program opens a Maildir)"
echo "  HTML      $dir/edition.html"
echo "  text      $dir/edition.txt"
echo "  settings  $dir/wrap.conf"
echo
echo "== what to try next"
echo "  $wrap -c $dir/wrap.conf run                # the same week again: nothing to do"
echo "  $wrap -c $dir/wrap.conf preview --for edouard@example.net"
echo "  $wrap -c $dir/wrap.conf status"
echo "  $wrap -c $dir/wrap.conf unsubscribe BOB@Example.NET --why moved"
echo "  $wrap init ~/my-weekly                     # your own"
