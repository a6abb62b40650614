#!/bin/sh
# Installs Chromium from Debian's packages, so that the tests can look at the HTML with a real browser.
# Idempotent; needs root. Starts nothing.
# With --check: installs nothing, succeeds when everything is there.
set -eu
export DEBIAN_FRONTEND=noninteractive
PKGS="chromium fonts-dejavu-core"
missing=
for p in $PKGS; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
if [ "${1:-}" = --check ]; then
  [ -z "$missing" ] && [ -x /usr/bin/chromium ]
  exit
fi
if [ -z "$missing" ]; then
  echo "chromium: packages are there ($(dpkg-query -W -f='${Version}' chromium))"
  exit 0
fi
APT="apt-get -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3 -y"
# shellcheck disable=SC2086
$APT --no-install-recommends install $PKGS || { $APT update; $APT --no-install-recommends install $PKGS; }
echo "chromium: installed $(dpkg-query -W -f='${Version}' chromium)"
