#!/bin/sh
# Installs Request Tracker 5 and what the standalone test site needs, from Debian's packages.
# Idempotent; needs root. Starts no service, creates no database, sends no mail.
# With --check: installs nothing, succeeds when everything is there.
set -eu
export DEBIAN_FRONTEND=noninteractive
PKGS="request-tracker5 rt5-db-sqlite rt5-standalone dbconfig-no-thanks msmtp-mta sqlite3"
missing=
for p in $PKGS; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
if [ "${1:-}" = --check ]; then
  [ -z "$missing" ]
  exit
fi
if [ -z "$missing" ]; then
  echo "rt: packages are there ($(dpkg-query -W -f='${Version}' request-tracker5))"
  exit 0
fi
APT="apt-get -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3 -y"
# dbconfig-no-thanks keeps the package from making its own database; no init script runs without systemd.
echo "request-tracker5 request-tracker5/install-cronjobs boolean false
request-tracker5 request-tracker5/rtname string test
request-tracker5 request-tracker5/organization string test
request-tracker5 request-tracker5/webbaseurl string http://127.0.0.1
request-tracker5 request-tracker5/correspondaddress string rt@localhost
request-tracker5 request-tracker5/commentaddress string rt-comment@localhost
request-tracker5 request-tracker5/handle-siteconfig-permissions boolean false" | debconf-set-selections
# shellcheck disable=SC2086
$APT --no-install-recommends install $PKGS || { $APT update; $APT --no-install-recommends install $PKGS; }
echo "rt: installed $(dpkg-query -W -f='${Version}' request-tracker5)"
