# Runs on a workspace server as root, among the mounts that its engine sees. Each line of stdin is a request, each line of stdout the
# response to one, in the order in which they end:
#
#   <number> <verb> <key> <place> <gigabytes> <inodes> <driver>
#   <number> <exit code> <words>
#
# Everything may be asked twice, and by several at once. A disk is an image in $disks (driver loop), or a folder whose project has a limit
# (drivers xfs and ext4). Folders without either are left as they are.
set -u
storage=$1
disks=$storage/.podex/disks
# 3: this server does not have what the driver needs.
ABSENT=3
PROBE_BYTES=16777216
FIRST_PROJECT=2000000
LITTLE_KB=65536

fail() {
  echo "$*"
  exit 1
}

need() {
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "$program is not installed"; exit "$ABSENT"; }
  done
}

lock() {
  [ -d "$disks" ] || mkdir -p -m 700 "$disks" || exit 1
  exec 9>"$disks/$1.lock" && flock -w 300 9 || fail 'Another process works on this disk.'
}

# Sets folder and image of the key at the place.
locate() {
  case $place in
    own) folder=$storage/$key name=$key ;;
    incoming) folder=$storage/.podex/incoming-$key name=incoming-$key ;;
    *) fail "There is no place $place." ;;
  esac
  image=$disks/$name.img
  project=$disks/$name.project
}

is_mounted() { findmnt --noheadings --mountpoint "$1" >/dev/null; }

# A clean file system takes some milliseconds.
repair() {
  words=$(e2fsck -p ${2:-} "$1" 2>&1)
  [ $? -lt 4 ] && return
  words=$(e2fsck -f -y "$1" 2>&1)
  [ $? -lt 4 ] || fail "The file system $1 is damaged: $words"
}

mount_there() {
  mkdir -p "$folder" && mount -t ext4 -o loop,nodev,nosuid,noatime,discard "$image" "$folder" || exit 1
}

# A link that was opened while it was mounted has a copy of the mount, and uses the file system: it is not changed behind its back.
is_free() {
  for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(losetup --associated "$image")" ] || return 0
    sleep 0.1
  done
  return 1
}

# While a container uses it, it cannot be unmounted. The file is longer before its file system is; the mark says that this is not finished.
# What cannot grow now keeps its size, and grows at a later start.
grow() {
  true >"$image.growing" || exit 1
  [ -z "$options" ] || umount "$folder" || exit 1
  options=
  is_free || return 0
  repair "$image" -f
  [ "$bytes" -le "$has" ] || truncate -s "$bytes" "$image" || exit 1
  words=$(resize2fs "$image" 2>&1) || fail "$words"
  rm -f "$image.growing"
}

# Its file system becomes as large as is wanted, never smaller.
mount_image() {
  options=$(findmnt --noheadings --output OPTIONS --mountpoint "$folder")
  case ",$options," in
    # After an error the kernel lets nobody write any more.
    *,ro,*) umount "$folder" && options='' || exit 1 ;;
  esac
  bytes=$((gigabytes * 1073741824))
  has=$(stat -c %s "$image") || exit 1
  if [ "$bytes" -gt "$has" ] || [ -e "$image.growing" ]; then grow; fi
  if [ -z "$options" ]; then
    repair "$image"
    mount_there
  fi
}

# Half a file system never bears the name of a whole one.
make_image() {
  true >"$image.new" || exit 1
  truncate -s "${gigabytes}G" "$image.new" || exit 1
  mkfs.ext4 -q -F -m 0 -N "$inodes" -J size=16 -E lazy_journal_init=1 "$image.new" 2>&1 && mv "$image.new" "$image" || exit 1
  mount_there
  rmdir "$folder/lost+found"
}

next_project() {
  (
    lock projects
    id=$(cat "$disks/next-project" 2>/dev/null || echo "$FIRST_PROJECT")
    echo $((id + 1)) >"$disks/next-project.new" && mv "$disks/next-project.new" "$disks/next-project" || exit 1
    echo "$id"
  )
}

# $1 folder, $2 project, $3 kilobytes, $4 inodes, $5 driver
limit_project() {
  top=$(findmnt --noheadings --output TARGET --target "$1") || exit 1
  case $5 in
    xfs) xfs_quota -x -c "project -s -p $1 $2" -c "limit -p bhard=${3}k ihard=$4 $2" "$top" 2>&1 || exit 1 ;;
    ext4) chattr -p "$2" +P "$1" && setquota -P "$2" 0 "$3" 0 "$4" "$top" 2>&1 || exit 1 ;;
  esac
}

make_project() {
  id=$(next_project) || exit 1
  mkdir -p "$folder" || exit 1
  limit_project "$folder" "$id" $((gigabytes * 1048576)) "$inodes" "$driver"
  echo "$id $driver" >"$project.new" && mv "$project.new" "$project" || exit 1
}

is_missing() { [ ! -e "$1" ] || rmdir "$1" 2>/dev/null; }

# Makes the disk unless it is there, mounts it, and gives it the wanted size. Says `limited` or `unlimited`.
do_prepare() {
  locate
  lock "$name"
  found=unlimited
  if [ -e "$image" ]; then
    mount_image
    found=limited
  elif [ -e "$project" ]; then
    read -r id driver <"$project" || exit 1
    limit_project "$folder" "$id" $((gigabytes * 1048576)) "$inodes" "$driver"
    found=limited
  elif ! is_missing "$folder"; then
    :
  elif [ "$driver" = loop ]; then
    make_image
    found=limited
  elif [ "$driver" = xfs ] || [ "$driver" = ext4 ]; then
    make_project
    found=limited
  fi
  # Only files that have been checked lie in a place of their own.
  [ "$place" = incoming ] || [ -d "$folder/state" ] || mkdir -p "$folder/home" "$folder/state" || exit 1
  echo "$found"
}

# As prepare, for files that are only read: nothing is made.
do_mount() {
  locate
  lock "$name"
  gigabytes=0
  [ ! -e "$image" ] || mount_image
  echo done
}

# What was written may still be in memory alone, and the disk below the image may not have room for it.
write_out() {
  words=$(sync -f "$folder" 2>&1) && return
  free=$(df -Pk "$disks" | awk 'END { print $4 }')
  [ "$free" -ge "$LITTLE_KB" ] || fail "No space left on device: $words"
  fail "$words"
}

# A copy that has been checked becomes the workspace’s own. Says `kept`, or `unlimited` when it is a folder like any other.
do_keep() {
  place=own
  locate
  own=$folder own_image=$image own_project=$project
  place=incoming
  locate
  lock "$key"
  [ ! -e "$own_image" ] && [ ! -e "$own_project" ] || fail 'There are other files in its place.'
  if [ -e "$project" ]; then mv "$project" "$own_project" || exit 1; fi
  [ -e "$image" ] || { echo unlimited; return; }
  write_out
  is_missing "$own" || fail 'There are other files in its place.'
  ! is_mounted "$folder" || umount "$folder" || exit 1
  is_missing "$folder"
  mv "$image" "$own_image" || exit 1
  folder=$own image=$own_image gigabytes=0
  mount_image
  echo kept
}

# Each link into a container has a copy of the mounts that were there when it was opened, and would keep the space until it is closed.
give_back() {
  [ -e "$image" ] || return 0
  fallocate --punch-hole --offset 0 --length "$(stat -c %s "$image")" "$image" 2>/dev/null
  return 0
}

# For good. Says `removed`, or `unlimited` when there are folders left, whose files are removed one by one.
do_remove() {
  lock "$key"
  left=removed
  for place in own incoming; do
    locate
    while is_mounted "$folder"; do umount "$folder" 2>&1 || exit 1; done
    give_back
    rm -f "$image" "$image.new" "$image.growing" "$project" "$project.new"
    is_missing "$folder" || left=unlimited
  done
  rm -f "$disks/$key.lock" "$disks/incoming-$key.lock"
  echo "$left"
}

# Sets a limit as a workspace has one, and goes beyond it.
do_probe() {
  need findmnt flock stat
  kind=$(stat -f -c %T "$storage") || exit 1
  lock probe
  folder=$storage/.podex/probe-disk image=$disks/probe.img
  trap 'umount "$folder" 2>/dev/null; rm -rf --one-file-system "$folder" "$image"' EXIT
  umount "$folder" 2>/dev/null
  rm -rf --one-file-system "$folder" "$image"
  mkdir "$folder" || exit 1
  case $driver in
    loop)
      need mkfs.ext4 e2fsck resize2fs losetup mount umount truncate
      truncate -s "$PROBE_BYTES" "$image" || exit 1
      mkfs.ext4 -q -F -m 0 -N 64 "$image" 2>&1 && mount -t ext4 -o loop "$image" "$folder" 2>&1 || exit 1
      ;;
    xfs)
      [ "$kind" = xfs ] || exit "$ABSENT"
      need xfs_quota
      limit_project "$folder" $((FIRST_PROJECT - 1)) $((PROBE_BYTES / 1024)) 64 xfs
      ;;
    ext4)
      [ "$kind" = ext2/ext3 ] || exit "$ABSENT"
      need chattr setquota
      limit_project "$folder" $((FIRST_PROJECT - 1)) $((PROBE_BYTES / 1024)) 64 ext4
      ;;
  esac
  echo 1 >"$folder/first" || exit 1
  if head -c $((2 * PROBE_BYTES)) /dev/zero 2>/dev/null >"$folder/large"; then fail 'More was written than the limit.'; fi
  rm -f "$folder/large"
  # shellcheck disable=SC2046
  if (cd "$folder" && touch $(seq 80)) 2>/dev/null; then fail 'More files were made than the limit.'; fi
  echo "$driver"
}

while read -r number verb key place gigabytes inodes driver; do
  {
    words=$("do_$verb" 2>&1)
    code=$?
    # A response that is one word already costs no process more.
    [ "$code" = 0 ] || words=$(printf %s "$words" | tr '\n\t' '  ' | tail -c 1000)
    printf '%s %s %s\n' "$number" "$code" "$words"
  } </dev/null &
done
# What was begun is finished.
wait
