#!/usr/bin/env bash
# What the build and the tests need that Debian does not have from the start: installed by apt when we are root, named when we are not.
set -euo pipefail

# libpq and OpenBLAS to link, pkg-config to find them, PostgreSQL's server for the demo and the tests, which start their own; root can also boot a
# systemd of its own to test the unit on.
packages=(libpq-dev libopenblas-dev pkg-config postgresql binutils)
[ "$(id -u)" != 0 ] || packages+=(systemd-container)

if ! command -v dpkg-query >/dev/null; then
  # Not Debian: look for what the packages would bring, and leave it to people.
  missing=()
  for name in libpq openblas; do pkg-config --exists "$name" 2>/dev/null || missing+=("$name with its headers"); done
  command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=("the PostgreSQL server")
  if [ ${#missing[@]} -gt 0 ]; then
    printf 'missing: %s\n' "${missing[@]}" >&2
    echo "hint: install them with this system's package manager (on Debian: ${packages[*]})" >&2
    exit 1
  fi
else
  missing=()
  for package in "${packages[@]}"; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true) in ii*) ;; *) missing+=("$package") ;; esac
  done
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ]; then
      echo "missing packages: ${missing[*]}" >&2
      echo "hint: sudo apt-get install ${missing[*]}" >&2
      exit 1
    fi
    echo "installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  fi
fi

if ! command -v "${SWIFT:-swift}" >/dev/null; then
  echo "there is no ${SWIFT:-swift} on the PATH" >&2
  echo "hint: install Swift 6.3 from https://www.swift.org/install/linux" >&2
  exit 1
fi
