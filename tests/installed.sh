#!/bin/sh
# Install here, as an administrator would, and live two weeks from cron's environment. Only for a system
# that may be thrown away: `tests/fresh.sh installed` runs it in one of its own.
set -eu
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ] || [ ! -e /etc/wrap-may-be-installed-here ]; then
	echo "installed.sh: makes a user and installs below /usr: run it as tests/fresh.sh installed" >&2
	exit 77
fi
fail() { echo "installed.sh: $*" >&2; exit 1; }

echo "== make install"
make -s install PREFIX=/usr
useradd --system --home-dir /var/lib/wrap --create-home --shell /bin/sh wrap
as_wrap() { setpriv --reuid wrap --regid wrap --clear-groups env -i HOME=/var/lib/wrap LOGNAME=wrap SHELL=/bin/sh PATH=/usr/bin:/bin sh -c "$1"; }

echo "== wrap init, and the configuration where cron and the units look for it"
as_wrap 'wrap init /var/lib/wrap --name "The Weekly Wrap" --address "1 Main Street" --time-zone America/Vancouver' >/dev/null </dev/null
install -d /etc/wrap
sed -e 's|^\( *\)// slot = .*|\1slot = "Fri 09:00";|' -e 's|^\( *\)// database = .*|\1database = "/var/lib/wrap/wrap.db";|' \
	-e 's|^\( *\)// keys = .*|\1keys = "/var/lib/wrap/keys";|' -e 's|^\( *\)// outbox = .*|\1outbox = "/var/lib/wrap/outbox";|' \
	-e 's|folder = "articles"|folder = "/var/lib/wrap/articles"|' /var/lib/wrap/wrap.conf >/etc/wrap/wrap.conf
chown wrap /etc/wrap/wrap.conf
chmod 600 /etc/wrap/wrap.conf
for i in 1 2 3; do as_wrap "wrap -c /etc/wrap/wrap.conf -q subscribe reader$i@example.net --confirmed --why test"; done

echo "== two weeks from cron's environment: the line of crontab.example, every hour"
line=$(sed -n 's/^17 \* \* \* \*  *//p' /usr/share/doc/wrap/crontab.example)
[ -n "$line" ] || fail "crontab.example has no hourly line"
t=$(date -u -d 2026-11-16T08:17:00Z +%s)
end=$((t + 14 * 86400))
runs=0
while [ "$t" -lt "$end" ]; do
	if [ $((runs % 24)) = 5 ]; then
		n=$((runs / 24 + 1))
		what=$(echo 'bees honey spring,bridge river repair,music choir concert,snow road closure,bread oven flour,chess club winner,harbour ferry strike,library roof leak,apple harvest cider,tram line delay,museum lamp theft,school garden prize,football keeper injury,theatre comedy opening' | cut -d, -f$n)
		as_wrap "printf '# %s\n\nEverybody speaks of the %s now. It has to do with %s and nothing else.\n' '$what' '${what% *}' '${what#* }' >/var/lib/wrap/articles/$n.md"
	fi
	now=$(date -u -d "@$t" +%Y-%m-%dT%H:%M:%SZ)
	said=$(as_wrap "$(echo "$line" | sed "s| run\$| --now $now run|")" 2>&1) || fail "at $now: exit $?: $said"
	[ -z "$said" ] || fail "at $now cron would have mailed: $said"
	t=$((t + 3600))
	runs=$((runs + 1))
done
mails=$(ls /var/lib/wrap/outbox/new | wc -l)
[ "$mails" = 6 ] || fail "$mails mails in the outbox after two editions for three readers"
as_wrap "wrap -c /etc/wrap/wrap.conf --now 2026-11-29T12:00:00Z report 2026-W48" | grep "Every reader is accounted for, 3 in all" >/dev/null ||
	fail "the report does not account for every reader"
echo "   $runs runs, $mails mails, not a word"

echo "== manuals, completion, units"
for f in share/man/man1/wrap.1 share/man/man5/wrap.conf.5 share/bash-completion/completions/wrap share/zsh/site-functions/_wrap; do
	[ -s "/usr/$f" ] || fail "/usr/$f is missing"
done
bash -c '. /usr/share/bash-completion/completions/wrap; COMP_WORDS=(wrap rep); COMP_CWORD=1; _wrap; [ "${COMPREPLY[*]}" = report ]' ||
	fail "bash does not complete rep"
# What looks at them is not needed to run wrap.
apt-get -qq install --no-install-recommends systemd mandoc >/dev/null 2>&1 || fail "apt-get install systemd mandoc"
systemd-analyze verify --man=no /usr/lib/systemd/system/wrap*.service /usr/lib/systemd/system/wrap*.timer || fail "units"
for u in wrap wrap-collect wrap-serve; do
	systemd-analyze security --offline=true --threshold=20 "/usr/lib/systemd/system/$u.service" >/dev/null || fail "$u exposes too much"
done
for f in man1/wrap.1 man5/wrap.conf.5; do
	mandoc -Tlint -Wwarning "/usr/share/man/$f" || fail "$f"
done
echo "   units verified, exposure at most 2.0; manuals without a warning"
