#!/bin/sh
# Installs DokuWiki 2022-07-31 "Igor" and PHP's command line from Debian's packages, for a throw-away wiki that the
# tests make and serve themselves. Idempotent; needs root. Sets up no web server, makes no wiki and no account.
# With --check: installs nothing, succeeds when everything is there.
set -eu
export DEBIAN_FRONTEND=noninteractive
# php8.2 wants one way to be served: the CGI program is the one that brings no web server along.
PKGS="dokuwiki php8.2-cli php8.2-cgi"
missing=
for p in $PKGS; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
if [ "${1:-}" = --check ]; then
  [ -z "$missing" ] && [ -r /usr/share/dokuwiki/lib/exe/xmlrpc.php ] && [ -x /usr/bin/php8.2 ]
  exit
fi
if [ -z "$missing" ]; then
  echo "dokuwiki: packages are there ($(dpkg-query -W -f='${Version}' dokuwiki))"
  exit 0
fi
APT="apt-get -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3 -y"
# No web server is told of it, and the package makes neither access rules nor an administrator.
echo "dokuwiki dokuwiki/system/configure-webserver multiselect
dokuwiki dokuwiki/system/restart-webserver boolean false
dokuwiki dokuwiki/wiki/acl boolean false" | debconf-set-selections
# shellcheck disable=SC2086
$APT --no-install-recommends install $PKGS || { $APT update; $APT --no-install-recommends install $PKGS; }
echo "dokuwiki: installed $(dpkg-query -W -f='${Version}' dokuwiki)"
