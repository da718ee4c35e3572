#!/bin/sh
# Install what is missing on Debian 12, and only that: deps.sh build [check]
# As root or with sudo the packages are installed; elsewhere the list is printed and we stop.
set -eu

build="gcc make pkg-config libc6-dev libcurl4-gnutls-dev libsqlite3-dev libcmark-dev libgumbo-dev
libjansson-dev libssl-dev libconfig-dev libidn2-dev libunistring-dev libetpan-dev libstemmer-dev
libmicrohttpd-dev libarchive-dev libsasl2-modules tzdata python3 ca-certificates"
check="clang clang-format clang-tidy cppcheck libclang-rt-14-dev libcmocka-dev libxml2-dev valgrind mandoc
python3-pytest python3-pytest-xdist python3-aiosmtpd python3-dkim python3-nacl openssl sqlite3 procps git
chromium chromium-driver python3-selenium curl"

want=""
for group in "$@"; do
	case $group in
	build) want="$want $build" ;;
	check) want="$want $check" ;;
	*) echo "deps.sh: no group named $group" >&2; exit 64 ;;
	esac
done

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
	for p in $want; do
		dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed' || missing="$missing $p"
	done
else
	# Not Debian: trust pkg-config for the libraries and say what we would have wanted.
	for lib in libcurl sqlite3 libcmark jansson libcrypto libconfig libidn2 libetpan libmicrohttpd libarchive; do
		pkg-config --exists $lib 2>/dev/null || missing="$want"
	done
fi
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null 2>&1; then as_root=sudo; fi
fi
if ! command -v apt-get >/dev/null 2>&1 || { [ "$(id -u)" != 0 ] && [ -z "$as_root" ]; }; then
	echo "These Debian 12 packages (or what your system calls them) are missing:" >&2
	for p in $missing; do echo "  $p" >&2; done
	echo "Install them, then call make again. As root or with sudo, make installs them itself." >&2
	exit 1
fi
echo "installing:$missing"
$as_root apt-get -qq -o DPkg::Lock::Timeout=600 update
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 \
	install --no-install-recommends $missing >/dev/null
