import { createHash } from 'node:crypto';

/** Where the server’s groups of processes are in the helper. */
export const GROUPS_IN_HELPER = '/server/groups';

/**
 * One connection to the helper. `$1` is the version of control groups, `$2` the parent that containers were given, or nothing. Reads
 * `<number> <verb> <container id>` line by line and answers `<number> <word>`, with nothing but what the shell does itself: a process
 * costs more than all of it.
 *
 * - `rest`: freezes, unless the container was let go before. `freeze`: freezes in any case.
 * - `wake`: thaws. `release`: thaws, and no `rest` freezes it again, of whichever connection and however late.
 * - `state`, `list`: what is frozen, as the kernel says. `check`: tries it on a group of its own below the given container’s.
 *
 * A freeze looks for the release again once it has frozen: of the two, whichever comes last sees the other. What it froze is thawed
 * when its last connection ends, so that nothing is left frozen that nobody can thaw.
 */
export const FREEZER_SCRIPT = `
set -u
version=$1 parent=$2 root=${GROUPS_IN_HELPER} shared=/dev/shm
mkdir -p $shared/connections $shared/frozen $shared/released
: >$shared/connections/$$

find_group() {
  for group in "$root$parent/$1" "$root/docker/$1" "$root/system.slice/docker-$1.scope"; do
    if [ -d "$group" ]; then return 0; fi
  done
  for group in "$root"/*/"$1" "$root"/*/docker-"$1".scope "$root"/*:docker:"$1" \\
    "$root"/*/*/"$1" "$root"/*/*/docker-"$1".scope "$root"/*/*/*/"$1" "$root"/*/*/*/docker-"$1".scope; do
    if [ -d "$group" ]; then return 0; fi
  done
  return 1
}
if [ "$version" = 1 ]; then
  file=freezer.state
  put() { if [ "$2" = frozen ]; then echo FROZEN; else echo THAWED; fi 2>/dev/null >"$1/freezer.state"; }
  look() {
    state=gone
    if read -r state <"$1/freezer.state"; then
      case $state in FROZEN) state=frozen ;; FREEZING) state=freezing ;; *) state=thawed ;; esac
    fi
  }
else
  file=cgroup.events
  put() { if [ "$2" = frozen ]; then echo 1; else echo 0; fi 2>/dev/null >"$1/cgroup.freeze"; }
  look() {
    state=gone
    while read -r key value; do
      if [ "$key" = frozen ]; then if [ "$value" = 1 ]; then state=frozen; else state=thawed; fi; fi
    done <"$1/cgroup.events"
  }
fi 2>/dev/null
settle() {
  tries=0
  until look "$1" 2>/dev/null; [ "$state" = "$2" ] || [ "$state" = gone ]; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ]; then return 1; fi
    sleep 0.01
  done
}
freeze() {
  : >$shared/frozen/"$1"
  if put "$group" frozen && settle "$group" frozen; then return 0; fi
  put "$group" thawed
  rm -f $shared/frozen/"$1"
  state=stuck
}
thaw() {
  if put "$group" thawed && settle "$group" thawed; then
    if [ -e $shared/frozen/"$1" ]; then rm -f $shared/frozen/"$1"; fi
    return 0
  fi
  state=stuck
}
try() {
  mkdir "$group/try-$$" || return 1
  put "$group/try-$$" frozen && settle "$group/try-$$" frozen && put "$group/try-$$" thawed && settle "$group/try-$$" thawed
  failed=$?
  rmdir "$group/try-$$"
  return $failed
}
list() {
  state=
  for path in "$root"/*/$file "$root"/*/*/$file "$root"/*/*/*/$file "$root"/*/*/*/*/$file; do
    if [ ! -e "$path" ]; then continue; fi
    group=\${path%/*}
    all=$state
    look "$group" 2>/dev/null
    if [ "$state" = frozen ]; then all="$all \${group##*/}"; fi
    state=$all
  done
}
while read -r number verb id; do
  state=gone
  if [ "$verb" = list ]; then
    list
    echo "$number list$state"
    continue
  fi
  case $id in *[!0-9a-f]* | '') echo "$number refused"; continue ;; esac
  if [ "$verb" = release ]; then : >$shared/released/"$id"; fi
  if find_group "$id"; then
    case $verb in
      state) look "$group" 2>/dev/null ;;
      wake | release) thaw "$id" ;;
      freeze) freeze "$id" ;;
      rest)
        if [ ! -e $shared/released/"$id" ]; then freeze "$id"; fi
        if [ -e $shared/released/"$id" ]; then
          thaw "$id"
          state=released
        fi
        ;;
      check) if try 2>/dev/null; then state=works; else state=stuck; fi ;;
    esac
  else
    rm -f $shared/frozen/"$id" $shared/released/"$id"
  fi
  echo "$number $state"
done
rm -f $shared/connections/$$
for other in $shared/connections/*; do
  if [ -e "$other" ] && kill -0 "\${other##*/}" 2>/dev/null; then exit; fi
done
for mark in $shared/frozen/*; do
  if [ -e "$mark" ] && find_group "\${mark##*/}"; then thaw "\${mark##*/}"; fi
done
`;

/** Stands in the helper’s name: another program, another helper. */
export const FREEZER_PROGRAM_VERSION = createHash('sha256').update(FREEZER_SCRIPT).digest('hex').slice(0, 12);
