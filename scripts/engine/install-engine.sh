#!/bin/bash
# Installs Docker Engine and gVisor's runsc from packages, as root, on Debian 12+ and Ubuntu 24.04+.
#
# usage: install-engine.sh [--with-image-tools] [--with-testbed-tools]
#   --with-image-tools    also what building the workspace image without a registry needs (debootstrap)
#   --with-testbed-tools  also what the test hosts need (openssl, iproute2, iptables, util-linux, curl)
#
# The engine comes from the distribution (docker.io). runsc comes from the first of these that has a release
# of at least RUNSC_RELEASE_MIN: the apt sources as they are, Debian's backports (on the mirror that apt
# already uses), gVisor's own apt repository. What is installed already is left alone, another vendor's Docker
# included. This script starts no engine; where a service manager runs, the package may start its own service.
#
# stdout: one line per step.  stderr: on failure, lines that begin with "podex:".
# Everything apt says is appended to the log (PODEX_INSTALL_LOG).
#
# exit codes: 0 done · 2 wrong usage · 10 not root · 11 unsupported distribution or architecture
#             12 apt failed · 13 disk full · 14 another process held apt's lock too long
#             15 no recent enough runsc to be had
#
# variables (all optional):
#   PODEX_INSTALL_LOG      default /var/log/podex-install-engine.log
#   PODEX_APT_LOCK_WAIT_S  seconds to wait for apt's locks, default 300
#   PODEX_GVISOR_APT_URL, PODEX_GVISOR_KEY_URL  a mirror of gVisor's repository and its signing key
set -euo pipefail

readonly RUNSC_RELEASE_MIN=20240729
readonly FREE_MB_MIN=1200
readonly LOG=${PODEX_INSTALL_LOG:-/var/log/podex-install-engine.log}
readonly LOCK_WAIT_S=${PODEX_APT_LOCK_WAIT_S:-300}
readonly GVISOR_APT_URL=${PODEX_GVISOR_APT_URL:-https://storage.googleapis.com/gvisor/releases}
readonly GVISOR_KEY_URL=${PODEX_GVISOR_KEY_URL:-https://gvisor.dev/archive.key}
readonly GVISOR_KEYRING=/usr/share/keyrings/podex-gvisor.asc
readonly GVISOR_LIST=/etc/apt/sources.list.d/podex-gvisor.list
readonly BACKPORTS_LIST=/etc/apt/sources.list.d/podex-backports.sources
readonly EXIT_USAGE=2 EXIT_NOT_ROOT=10 EXIT_UNSUPPORTED=11 EXIT_APT=12 EXIT_DISK_FULL=13 EXIT_LOCKED=14 EXIT_NO_RUNSC=15

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
want_image_tools=0
want_testbed_tools=0
lists_fresh=0
fetch_warning=''

say() { printf '%s\n' "$*"; }

# fail EXIT_CODE CAUSE CURE
fail() {
  printf 'podex: %s\n' "$2" "$3" >&2
  exit "$1"
}

parse_arguments() {
  local argument
  for argument in "$@"; do
    case $argument in
      --with-image-tools) want_image_tools=1 ;;
      --with-testbed-tools) want_testbed_tools=1 ;;
      *) fail $EXIT_USAGE "unknown argument '$argument'" \
        'usage: install-engine.sh [--with-image-tools] [--with-testbed-tools]' ;;
    esac
  done
}

require_root() {
  [ "$(id -u)" -eq 0 ] || fail $EXIT_NOT_ROOT 'packages can only be installed by root' \
    "run it as root: sudo bash $0 $*"
}

# Sets ID, VERSION_ID and VERSION_CODENAME of /etc/os-release.
require_supported_distribution() {
  local cure='install Docker Engine (20.10 or later) and runsc (https://gvisor.dev/docs/user_guide/install/) by hand'
  [ -r /etc/os-release ] || fail $EXIT_UNSUPPORTED 'no /etc/os-release: not Debian or Ubuntu' "$cure"
  # shellcheck disable=SC1091
  . /etc/os-release
  local major=${VERSION_ID:-0}
  major=${major%%.*}
  case ${ID:-}:$major in
    debian:1[2-9] | ubuntu:2[4-9]) ;;
    *) fail $EXIT_UNSUPPORTED "${PRETTY_NAME:-this system} is neither Debian 12+ nor Ubuntu 24.04+" "$cure" ;;
  esac
  case $(dpkg --print-architecture) in
    amd64 | arm64) ;;
    *) fail $EXIT_UNSUPPORTED "gVisor has no runsc for $(dpkg --print-architecture)" 'use an amd64 or arm64 machine' ;;
  esac
}

require_disk_space() {
  local free_mb
  free_mb=$(df -Pm /var/cache /usr | awk 'NR > 1 && (min == "" || $4 < min) { min = $4 } END { print min }')
  [ "$free_mb" -ge $FREE_MB_MIN ] || fail $EXIT_DISK_FULL \
    "only $free_mb MB of disk are free, $FREE_MB_MIN MB are needed" "free some space on the file systems of /usr and /var (df -h)"
}

# run_apt CAUSE ARGUMENTS…: apt-get with output to the log. Waits while another process holds a lock (apt's own
# option covers dpkg's lock but not the lists'), and ends the script with the right code when apt fails.
run_apt() {
  local cause=$1 deadline=$((SECONDS + LOCK_WAIT_S)) told=0 output
  shift
  output=$(mktemp)
  while ! apt-get -q -y -o DPkg::Lock::Timeout=20 -o Acquire::Retries=2 "$@" </dev/null >"$output" 2>&1; do
    cat "$output" >>"$LOG"
    if grep -q 'No space left on device\|enough free space' "$output"; then
      rm -f "$output"
      fail $EXIT_DISK_FULL "$cause: the disk is full" 'free some space (df -h) and run this again'
    fi
    if ! grep -q 'Could not get lock\|Unable to lock\|Unable to acquire the dpkg frontend lock' "$output"; then
      # A list that cannot be fetched is only a warning to apt, and often the cause of what comes after.
      [ -z "$fetch_warning" ] || printf 'podex: apt: %s\n' "$fetch_warning" >&2
      grep '^E:' "$output" | head -n 3 | sed 's/^E: */podex: apt: /' >&2 || true
      rm -f "$output"
      fail $EXIT_APT "$cause: apt-get $* failed" "see the end of $LOG, then run this again"
    fi
    if [ $SECONDS -ge $deadline ]; then
      rm -f "$output"
      fail $EXIT_LOCKED "$cause: another process has held apt's lock for $LOCK_WAIT_S s" \
        'wait until it ends (ps -ef | grep -e apt -e dpkg -e unattended) and run this again'
    fi
    [ $told -eq 1 ] || say 'waiting for another apt process to end …'
    told=1
    sleep 3
  done
  cat "$output" >>"$LOG"
  fetch_warning=$(grep -m 1 '^W: Failed to fetch' "$output" | sed 's/^W: *//') || true
  rm -f "$output"
}

update_lists() {
  [ $lists_fresh -eq 0 ] || return 0
  say 'reading package lists …'
  run_apt 'package lists cannot be read' update
  lists_fresh=1
}

# install_packages LABEL PACKAGE…: those of the packages that are not installed yet.
install_packages() {
  local label=$1 package missing=()
  shift
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  update_lists
  say "installing $label …"
  run_apt "$label cannot be installed" install --no-install-recommends "${missing[@]}"
}

# The release of the installed runsc as yyyymmdd; 0 when there is none.
installed_runsc_release() {
  local release
  release=$(runsc --version 2>/dev/null | grep -oE '20[0-9]{6}' | head -n 1) || true
  printf '%s\n' "${release:-0}"
}

# The newest version of runsc that apt's sources offer, if it is recent enough; else nothing.
# madison lists every version there is; the candidate alone would hide backports (their priority is low).
recent_runsc_version() {
  apt-cache madison runsc 2>>"$LOG" | awk -v least=$RUNSC_RELEASE_MIN '
    { if (match($3, /20[0-9][0-9][0-9][0-9][0-9][0-9]/)) {
        release = substr($3, RSTART, 8)
        if (release >= least && release > newest) { newest = release; version = $3 } } }
    END { print version }'
}

# The mirror of the distribution that apt uses. indextargets reads every format of source list.
distribution_mirror() {
  # shellcheck disable=SC2016  # apt fills these in
  apt-get indextargets --format '$(CREATED_BY) $(CODENAME) $(REPO_URI)' 2>>"$LOG" |
    awk -v codename="$VERSION_CODENAME" '$1 == "Packages" && $2 == codename { print $3; exit }'
}

backports_configured() {
  # shellcheck disable=SC2016  # apt fills these in
  apt-get indextargets --format '$(CREATED_BY) $(CODENAME)' 2>>"$LOG" |
    grep -qx "Packages $VERSION_CODENAME-backports"
}

# Adds Debian's backports; takes them away again when they bring no recent runsc.
offer_runsc_from_backports() {
  local mirror
  [ "$ID" = debian ] || return 0
  ! backports_configured || return 0
  mirror=$(distribution_mirror)
  [ -n "$mirror" ] || return 0
  say "adding $VERSION_CODENAME-backports …"
  cat >"$BACKPORTS_LIST" <<SOURCES
# Written by Podex's install-engine.sh for runsc. Nothing else is upgraded from here: backports have a low priority.
Types: deb
URIs: ${mirror%/}
Suites: $VERSION_CODENAME-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  if ! (run_apt 'backports cannot be read' update) 2>>"$LOG" || [ -z "$(recent_runsc_version)" ]; then
    rm -f "$BACKPORTS_LIST"
    lists_fresh=0
    update_lists
  fi
}

# Adds gVisor's own repository; leaves nothing of it behind when it cannot be read.
offer_runsc_from_gvisor() {
  local cure="let this machine reach $GVISOR_APT_URL and $GVISOR_KEY_URL (or name a mirror in PODEX_GVISOR_APT_URL and PODEX_GVISOR_KEY_URL), or install runsc by hand (https://gvisor.dev/docs/user_guide/install/)"
  install_packages 'download tools' ca-certificates curl
  say "adding gVisor's package repository …"
  if ! curl -fsSL --retry 2 --max-time 60 -o "$GVISOR_KEYRING.part" "$GVISOR_KEY_URL" 2>>"$LOG"; then
    rm -f "$GVISOR_KEYRING.part"
    fail $EXIT_NO_RUNSC "gVisor's signing key cannot be read from $GVISOR_KEY_URL" "$cure"
  fi
  chmod 644 "$GVISOR_KEYRING.part"
  mv "$GVISOR_KEYRING.part" "$GVISOR_KEYRING"
  printf 'deb [arch=%s signed-by=%s] %s release main\n' \
    "$(dpkg --print-architecture)" "$GVISOR_KEYRING" "$GVISOR_APT_URL" >"$GVISOR_LIST"
  if ! (run_apt "gVisor's repository cannot be read" update) 2>>"$LOG"; then
    rm -f "$GVISOR_LIST" "$GVISOR_KEYRING"
    fail $EXIT_NO_RUNSC "gVisor's repository cannot be read from $GVISOR_APT_URL" "$cure"
  fi
}

install_engine() {
  if command -v dockerd >/dev/null; then
    say "docker engine is there: $(dockerd --version)"
    return
  fi
  install_packages 'docker engine' docker.io iptables iproute2 ca-certificates
  # Newer Debian has the client in a package of its own.
  command -v docker >/dev/null || install_packages 'docker client' docker-cli
  say "docker engine installed: $(dockerd --version)"
}

install_runsc() {
  local version
  if [ "$(installed_runsc_release)" -ge $RUNSC_RELEASE_MIN ]; then
    say "runsc is there: $(installed_runsc_release)"
    return
  fi
  update_lists
  version=$(recent_runsc_version)
  if [ -z "$version" ]; then
    offer_runsc_from_backports
    version=$(recent_runsc_version)
  fi
  if [ -z "$version" ]; then
    offer_runsc_from_gvisor
    version=$(recent_runsc_version)
  fi
  [ -n "$version" ] || fail $EXIT_NO_RUNSC "no apt source has runsc $RUNSC_RELEASE_MIN or later" \
    'install runsc by hand: https://gvisor.dev/docs/user_guide/install/'
  say 'installing runsc …'
  run_apt 'runsc cannot be installed' install --no-install-recommends "runsc=$version"
  say "runsc installed: $(installed_runsc_release)"
}

install_image_tools() {
  local keyring=debian-archive-keyring
  [ "$ID" = debian ] || keyring=ubuntu-keyring
  install_packages 'image tools' debootstrap "$keyring" ca-certificates
}

tell_about_the_engine() {
  if [ -S /var/run/docker.sock ] && [ -e /var/run/docker.pid ] && kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null; then
    say 'done; a docker engine is running (runsc has still to be registered with it)'
  else
    say 'done; no docker engine has been started'
  fi
}

main() {
  parse_arguments "$@"
  require_root "$@"
  require_supported_distribution
  touch "$LOG"
  if ! command -v dockerd >/dev/null || [ "$(installed_runsc_release)" -lt $RUNSC_RELEASE_MIN ]; then
    require_disk_space
  fi
  install_engine
  install_runsc
  [ $want_image_tools -eq 0 ] || install_image_tools
  [ $want_testbed_tools -eq 0 ] ||
    install_packages 'testbed tools' openssl iproute2 iptables util-linux ca-certificates curl
  tell_about_the_engine
}

main "$@"
