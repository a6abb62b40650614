#!/bin/sh
# Installs PostgreSQL 15 from Debian's packages, for a throw-away server that the tests start and end themselves.
# Idempotent; needs root. Starts no service, creates no database.
# With --check: installs nothing, succeeds when everything is there.
set -eu
export DEBIAN_FRONTEND=noninteractive
PKGS="postgresql-15"
missing=
for p in $PKGS; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
if [ "${1:-}" = --check ]; then
  [ -z "$missing" ] && [ -x /usr/lib/postgresql/15/bin/initdb ]
  exit
fi
if [ -z "$missing" ]; then
  echo "postgresql: packages are there ($(dpkg-query -W -f='${Version}' postgresql-15))"
  exit 0
fi
APT="apt-get -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3 -y"
# Without this the package makes a cluster of its own, and starts it where it can.
mkdir -p /etc/postgresql-common/createcluster.d
echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/ppstui-tests.conf
# shellcheck disable=SC2086
$APT --no-install-recommends install $PKGS || { $APT update; $APT --no-install-recommends install $PKGS; }
echo "postgresql: installed $(dpkg-query -W -f='${Version}' postgresql-15)"
