# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with the scripts that take this in
# Machines as folders of a user who is nobody: what is in the folder `root` and in the folder `esp` goes onto a disk, which is
# then booted from its firmware. Each function works in the folder that `machine` entered.

nix-plugin/install-packages fdisk e2fsprogs mtools qemu-system-x86 ovmf
PATH=$PATH:/usr/sbin:/sbin
# shellcheck disable=SC2154 # from common.sh
chmod 0711 "$work"
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# A folder of nobody's own, to work in.
machine() {
    mkdir "$work/$1"
    cd "$work/$1" || return
    mkdir -p esp root/nix/{store,var/nix/profiles}
    chown -R nobody: .
}

# Puts the closure of a system into the root and, as a generation, into its profile.
generation() {
    local number=$1 system=$2 path
    nix-store --query --requisites "$system" | while read -r path; do
        [[ -e root$path ]] || "${nobody[@]}" cp -a --no-preserve=ownership "$path" root/nix/store/
    done
    "${nobody[@]}" ln -s "$system" "root/nix/var/nix/profiles/system-$number-link"
    "${nobody[@]}" ln -sfn "system-$number-link" root/nix/var/nix/profiles/system
}

# A generation that is gone from the profile and from the store.
remove_generation() {
    local number=$1 system=$2 kept=$3
    "${nobody[@]}" rm "root/nix/var/nix/profiles/system-$number-link"
    comm -23 <(nix-store --query --requisites "$system" | sort) <(nix-store --query --requisites "$kept" | sort) |
        while read -r path; do
            "${nobody[@]}" chmod -R u+w "root$path"
            "${nobody[@]}" rm -r "root$path"
        done
    [[ ! -e root$system ]] || fail "the system is still there"
}

# Where things are on the disks, in sectors.
gpt="label: gpt
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649
start=4096, size=131072, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
start=135168, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
mbr="label: dos
start=2048, type=83, bootable"
gpt_root=135168 mbr_root=2048 gpt_esp=4096

# A disk without a file system.
disk() {
    "${nobody[@]}" truncate --size 700M "$1"
    "${nobody[@]}" sfdisk --quiet "$1" <<<"$2"
}

# Makes the root file system of a disk, at a sector, of the folder `root`.
fill_root() {
    "${nobody[@]}" mkfs.ext4 -q -F -L root -d root -m 0 \
        -E "offset=$(($2 * 512)),root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1" "$1" $((700 * 1024 - $2 / 2 - 1024))k
}

# Makes the EFI system partition of a disk with a GPT, of the folder `esp`.
fill_esp() {
    local partition=$1@@$((gpt_esp * 512))
    "${nobody[@]}" mformat -i "$partition" -T 131072 -v ESP ::
    [[ -z $(ls esp) ]] || "${nobody[@]}" mcopy -i "$partition" -s -Q esp/* ::
}

pre_boot() {
    local system=$1
    shift
    "${nobody[@]}" "$system/pre-boot" --prefix=root "$@"
}

onto_disk=(--override-grub-device=disk.img --override-efi-sys-mount-point=esp)

# Boots disks until the machine is off; what was on the console is in the file CONSOLE.
boot() {
    local console=$1 status=0
    shift
    timeout --kill-after=10 300 "$run/disk" "$@" </dev/null | tr -d '\r' >"$console" || status=$?
    cat "$console"
    ((status == 0)) || fail "QEMU ended with status $status"
}

# Boots disks and types on the serial line. A PAIR is TEXT|KEYS: when the text is on the console, the keys are pressed. Two
# of them come before the disks.
boot_and_type() {
    local console=$1 pairs=("$2" "$3") pair
    shift 3
    mkfifo keys
    exec 7<>keys
    timeout --kill-after=10 120 "$run/disk" "$@" <keys >"$console.raw" &
    for pair in "${pairs[@]}"; do
        until grep -qaF "${pair%|*}" "$console.raw"; do
            kill -0 $! || break
            sleep 0.2
        done
        sleep 1
        printf '%s' "${pair##*|}" >&7
    done
    wait $! || fail "QEMU ended with status $?"
    tr -d '\r' <"$console.raw" >"$console"
    cat "$console"
}

reported() {
    grep -qF "REPORT $2" "$1" || fail "no report of: $2"
}

# The line of a report that begins with a word.
report() {
    sed -n "s/^REPORT \($2 .*\)$/\1/p" "$1"
}

# Every file of a machine by its contents, and by what a write would change.
state() {
    find . -type f -printf '%p %i %s %m %T@ %C@ ' -exec sha256sum {} \; -o -printf '%p %y %m %T@ %C@ %l\n' | sort
}
