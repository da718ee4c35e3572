#!/usr/bin/env bash
# The README's two commands in a fresh Debian 12 that has git and make and nothing else:
#   tests/fresh.sh [demo|check|installed]...      as root; wants debootstrap
# installed: make install there, and two weeks from cron's environment (tests/installed.sh).
# The root is made by debootstrap in a temporary folder and taken away afterwards. What is tested is the
# last commit, in a clean clone. Mounts live in a namespace of their own, so nothing of them is left.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
what=${*:-demo check}
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
	echo "fresh.sh: needs root and the package debootstrap" >&2
	exit 77
fi
root=$(mktemp -d "${TMPDIR:-/tmp}/wrap-fresh-XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
chmod 755 "$root" # it becomes /, which others than root must be able to enter

echo "== a fresh Debian 12 in $root"
debootstrap --variant=minbase --include=git,make,ca-certificates bookworm "$root" >"$root.log" 2>&1 || {
	tail -20 "$root.log" >&2
	exit 69
}
rm -f "$root.log"
# How this machine reaches the network, and nothing else of it.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
if [ -d /usr/local/share/ca-certificates ]; then cp -r /usr/local/share/ca-certificates "$root/usr/local/share/"; fi
for f in /etc/apt/apt.conf.d/*; do
	if grep -qi 'proxy' "$f"; then cp "$f" "$root/etc/apt/apt.conf.d/"; fi
done
git clone -q "$here" "$root/root/wrap"
git -C "$root/root/wrap" remote remove origin

touch "$root/etc/wrap-may-be-installed-here"
for w in $what; do
	echo "== make $w"
	run="make -C /root/wrap $w"
	if [ "$w" = installed ]; then run="sh /root/wrap/tests/installed.sh"; fi
	unshare --mount --pid --fork sh -c '
		mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"
		mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
			chroot "$1" $2' sh "$root" "$run" </dev/null
done
echo "== both hold: $what"
