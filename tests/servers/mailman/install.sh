#!/bin/sh
# Installs the core of Mailman 3 from Debian's packages, for a throw-away one that the tests start and end themselves.
# Idempotent; needs root. Starts no service, creates no database, sends no mail.
# With --check: installs nothing, succeeds when everything is there.
set -eu
export DEBIAN_FRONTEND=noninteractive
PKGS="mailman3 dbconfig-no-thanks"
missing=
for p in $PKGS; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
if [ "${1:-}" = --check ]; then
  [ -z "$missing" ] && [ -x /usr/bin/mailman ] && [ -x /usr/bin/setpriv ]
  exit
fi
if [ -z "$missing" ]; then
  echo "mailman: packages are there ($(dpkg-query -W -f='${Version}' mailman3))"
  exit 0
fi
APT="apt-get -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3 -y"
# The package would start a service: while it is installed, nothing may be.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
# dbconfig-no-thanks keeps it from making a database of its own.
echo "mailman3 mailman3/config_hyperkitty boolean false" | debconf-set-selections
# shellcheck disable=SC2086
$APT --no-install-recommends install $PKGS || { $APT update; $APT --no-install-recommends install $PKGS; }
# Debian would go on starting it with the machine, and by the clock.
if command -v systemctl > /dev/null; then systemctl disable mailman3.service > /dev/null 2>&1 || true; fi
echo "mailman: installed $(dpkg-query -W -f='${Version}' mailman3)"
