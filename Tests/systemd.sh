#!/usr/bin/env bash
# Boots a real systemd in a container over this machine's own files, installs Vigil there as `make install` does, and puts the unit through its life:
# start, ready, status, reload (good and bad rules), kill -9, a hang, stop. Nothing outside the container is written.
#
# Exit code 0: everything held. 1: something did not, and what is said. 77: this machine cannot boot one (no root, no systemd-nspawn, no overlay), and why.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

skip() { echo "not tried: $1" >&2; exit 77; }
[ "$(id -u)" = 0 ] || skip "only root can boot a container"
command -v systemd-nspawn >/dev/null || skip "there is no systemd-nspawn (apt-get install systemd-container)"

work=$(mktemp -d)
pid=
cleanup() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
  umount -l "$work/root" 2>/dev/null
  umount -l "$work" 2>/dev/null
  rmdir "$work" 2>/dev/null
  rm -rf "/run/systemd/nspawn/propagate/vigil-test-$$"
}
trap cleanup EXIT
mount -t tmpfs -o size=2G tmpfs "$work" 2>/dev/null || skip "no tmpfs can be mounted"
mkdir "$work"/{up,work,root}
root=$work/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/up,workdir=$work/work" "$root" 2>/dev/null || skip "no overlay can be mounted"

# A machine of its own: no services of the host, no mounts of the host.
rm -f "$root"/etc/systemd/system/*.wants/*
: >"$root/etc/machine-id"
rm -f "$root/etc/fstab"

# Installed as on a real machine.
make -s install DESTDIR="$root" >"$work/install.log" 2>&1 || { cat "$work/install.log"; echo "make install failed"; exit 1; }
mkdir -p "$root/srv/vigil" "$root/etc/vigil/rules"
cp -r Fixtures/model Fixtures/adapter "$root/srv/vigil/"
cp Rules/drift.yaml "$root/etc/vigil/rules/"
cat >"$root/etc/vigil/vigil.yaml" <<'YAML'
state:
  database: postgresql://vigil@/vigil?host=/srv/pg
  directory: /var/lib/vigil
http:
  socket: /run/vigil/api.sock
rules:
  - /etc/vigil/rules/drift.yaml
deployments:
  - name: desk
    source:
      database: postgresql://vigil@/vigil?host=/srv/pg
      table: public.tickets
      key: id
      time: created_at
      inserted: inserted_at
      input: message
      label: queue
    model:
      base: /srv/vigil/model
      adapter: /srv/vigil/adapter
    task:
      kind: classify
      labels: [billing, refund, delivery, returns, warranty, network, setup, account, security, cancel, upgrade, feedback]
    sample:
      rate: 1
    window:
      every: 1h
      length: 1d
YAML

systemd-nspawn --quiet --register=no --keep-unit -D "$root" -M "vigil-test-$$" --private-network --link-journal=no --console=pipe --boot \
  </dev/null >"$work/console" 2>&1 &
pid=$!
init=
for _ in $(seq 100); do
  init=$(pgrep -P "$pid" -x systemd | head -n 1)
  [ -n "$init" ] && break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.1
done
[ -n "$init" ] || skip "systemd-nspawn did not boot: $(tail -n 1 "$work/console")"
inside() { nsenter -t "$init" -a -- env -i PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin "$@"; }
for _ in $(seq 150); do
  case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) break ;; esac
  sleep 0.2
done
case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) ;; *) skip "systemd in the container did not come up" ;; esac

# expect NAME COMMAND...: tried for up to 40 seconds.
expect() {
  local name=$1 end=$((SECONDS + 40))
  shift
  while ! "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "  ✘ $name"
      inside systemctl status vigil --no-pager 2>&1 | tail -n 15
      inside journalctl -u vigil -o cat --no-pager 2>/dev/null | tail -n 25
      # What follows would fail for the same reason.
      exit 1
    fi
    sleep 0.2
  done
  echo "  ✔ $name"
}
property() { [ "$(inside systemctl show vigil -P "$1")" = "$2" ]; }
status_says() { inside systemctl show vigil -P StatusText | grep -qE "$1"; }
main_pid() { inside systemctl show vigil -P MainPID; }
file_is() { [ "$(inside stat -c '%U:%G %a' "$1")" = "$2" ]; }
not() { ! "$@"; }

# A PostgreSQL of the container's own.
binaries=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)")
inside install -d -o postgres /srv/pg
inside runuser -u postgres -- "$binaries/initdb" -D /srv/pg/data -A trust -U postgres >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log"; exit 1; }
database() { inside runuser -u postgres -- "$binaries/pg_ctl" -D /srv/pg/data -w -o "-k /srv/pg -c listen_addresses=''" -l /srv/pg/log "$@" >/dev/null; }
sql() { inside psql -q -h /srv/pg -U postgres "$@"; }
database start
sql -c "CREATE ROLE vigil LOGIN" -c "CREATE DATABASE vigil OWNER vigil"
sql -d vigil -c "CREATE TABLE public.tickets (id bigint PRIMARY KEY, created_at timestamptz, inserted_at timestamptz DEFAULT now(), message text, queue text)" \
  -c "GRANT SELECT ON public.tickets TO vigil" -c "GRANT pg_read_all_stats TO vigil"

inside systemd-sysusers /usr/local/lib/sysusers.d/vigil.conf
inside systemd-tmpfiles --create /usr/local/lib/tmpfiles.d/vigil.conf
inside chgrp -R vigil /etc/vigil
# A hang is to be seen sooner than in a minute here.
inside mkdir -p /etc/systemd/system/vigil.service.d
printf '[Service]\nWatchdogSec=6\n' | inside tee /etc/systemd/system/vigil.service.d/test.conf >/dev/null
inside systemctl daemon-reload

inside systemctl start --no-block vigil
expect "systemctl start waits until it is ready" property ActiveState active
expect "it says how it is" status_says '^watching 1 deployments'
expect "it runs as its own user" bash -c "[ \"\$(ps -o user= -p \$(pgrep -f '/usr/local/lib/vigil/vigil run|/usr/local/bin/vigil run' | head -n 1))\" != root ]"
expect "its state folder is its own" file_is /var/lib/vigil "vigil:vigil 750"
expect "an operator gets an answer over its socket" inside /usr/local/bin/vigil status
expect "others do not" not inside runuser -u nobody -- /usr/local/bin/vigil status

expect "systemctl reload takes new rules" inside systemctl reload vigil
inside sed -i 's/measure: drift.input.tokens/measure: drift.input.tokenz/' /etc/vigil/rules/drift.yaml
expect "a reload with a bad rule fails" not inside systemctl reload vigil
expect "and the daemon goes on" property ActiveState active
inside sed -i 's/tokenz/tokens/' /etc/vigil/rules/drift.yaml

before=$(main_pid)
inside systemctl kill -s KILL --kill-whom=main vigil
restarted() { [ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ] && property ActiveState active && status_says '^watching'; }
expect "after kill -9 it is back" restarted "$before"

before=$(main_pid)
inside systemctl kill -s STOP --kill-whom=main vigil
expect "a hang is found by the watchdog, and it is back" restarted "$before"

database stop -m immediate
expect "with its database gone it says so" status_says 'degraded: .*state database'
expect "and runs on" property ActiveState active
database start
expect "with its database back all is well" status_says '^watching 1 deployments'

inside systemctl stop vigil
expect "systemctl stop ends it in order" property Result success
inside journalctl -u vigil -o cat --no-pager >"$work/journal" 2>/dev/null
expect "its words are in the journal" grep -q "the configured model is champion" "$work/journal"

kill -RTMIN+4 "$init" 2>/dev/null
for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
