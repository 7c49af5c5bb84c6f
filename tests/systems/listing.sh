# shellcheck shell=bash
# What a system manages in a root, as text, to compare one moment with another.

# The paths that a system's pre-init manages, the account databases and the machine-id included.
managed() {
    {
        sed -n 's|^    "\(/.*\)": .*|\1|p' "$1/pre-init"
        printf '/etc/%s\n' passwd group shadow gshadow machine-id
    } | sort -u
}

# Of each managed path in ROOT its type, mode, owner, target and contents.
listing() {
    local root=$1 path
    managed "$2" | while read -r path; do
        if [[ -d $root$path && ! -L $root$path ]]; then
            find "$root$path" -maxdepth 0 -printf "$path %y %m %U %G\n"
        else
            find "$root$path" -maxdepth 0 -printf "$path %y %m %U %G %s %l\n"
            [[ -L $root$path ]] || sha256sum <"$root$path"
        fi
    done
}

# Of each managed file and link in ROOT, and of our own records and stamps, what any write would have changed: inode, mtime, ctime.
# Others may have made entries in the directories.
times() {
    local root=$1 path
    managed "$2" | while read -r path; do
        [[ -d $root$path && ! -L $root$path ]] || find "$root$path" -maxdepth 0 -printf "$path %i %T@ %C@\n"
    done
    find "$root/.system-installer" "$root/var/lib/system-installer" -printf '%p %i %T@ %C@\n' | sort
}
