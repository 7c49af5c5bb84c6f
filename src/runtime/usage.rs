//! The texts of `--help`, for the runtime and for each step.

pub(crate) const PROGRAM: &str = "\
Initialises a file system, starts the system on it, makes a disk boot it: the interpreter of a system's scripts.

usage: system-installer-runtime pre-init SCRIPT [--prefix=DIR] [--adopt] [--owners=FILE] [--dry-run] [--json]
       system-installer-runtime post-init SCRIPT [WORD]...
       system-installer-runtime init SCRIPT [WORD]...
       system-installer-runtime pre-boot SCRIPT [SYSTEM] [--prefix=DIR] [--override-grub-device=DEVICE|FILE]...
           [--override-efi-sys-mount-point=DIR] [--profile=PATH] [--force] [--dry-run] [--json]
       system-installer-runtime [STEP SCRIPT] --help | --version
";

pub(crate) const PRE_INIT: &str = "\
Initialises the file system beneath a prefix, or brings it up to date.

usage: pre-init [OPTION]...

  --prefix=DIR   the directory that is or becomes the system's root (default: /)
  --adopt        take over a root that someone else set up, and keep every file in it
  --owners=FILE  write the owners, modes and nodes that the kernel refuses to FILE
  --dry-run      print what would be done, and change nothing
  --json         print JSON
  --help         print this text
  --version      print the version
";

pub(crate) const POST_INIT: &str = "\
Becomes the system's init, in the environment of the script.

usage: post-init [WORD]...

Each WORD goes on to the init. As a process other than PID 1, a first WORD that is --help or --version is for post-init.
";

pub(crate) const INIT: &str = "\
Initialises the root file system and becomes the system's init: pre-init, then post-init.

usage: init [WORD]...

Each WORD goes on to the real init. As a process other than PID 1, a first WORD that is one of these is for init:

  --dry-run   print what pre-init would do, and change nothing
  --help      print this text
  --version   print the version
";

pub(crate) const PRE_BOOT: &str = "\
Installs the boot loader and its menu.

usage: pre-boot [SYSTEM] [OPTION]...

  SYSTEM                              the default entry (default: the script's own system)
  --prefix=DIR                        where the system's root is (default: /)
  --override-grub-device=DEVICE|FILE  install GRUB there and nowhere else; several give mirrored boot
  --override-efi-sys-mount-point=DIR  where the EFI system partition is mounted
  --profile=PATH                      the profile whose generations fill the menu
  --force                             go on where a file system of the plan that it boots from is not mounted, or a disk holds
                                      nothing of the prefix or something else that is mounted
  --dry-run                           print what would be done, and change nothing
  --json                              print JSON
  --help                              print this text
  --version                           print the version
";
