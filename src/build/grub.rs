//! Makes GRUB's images with GRUB's own `grub-mkimage`. Every module that a menu may need is inside, so that the machine
//! needs nothing else of GRUB.

use std::fs;
use std::path::Path;
use std::process::Command;
use tree::FileError;

use super::error::Error;
use super::files::{find_in_packages, make_parent, make_read_only};
use super::memdisk::archive;
use plan::problem::AttrPath;

/// Modules that the image itself and every menu need.
pub const NEEDED: &[&str] = &[
    "configfile",
    "echo",
    "linux",
    "memdisk",
    "normal",
    "regexp",
    "search",
    "search_fs_file",
    "search_fs_uuid",
    "search_label",
    "tar",
    "test",
];

/// Modules that are added where the package has them for the platform: for disks, partitions and file systems, and for
/// commands that a menu or `extraConfig` may use.
const USEFUL: &[&str] = &[
    "biosdisk",
    "part_gpt",
    "part_msdos",
    "diskfilter",
    "lvm",
    "mdraid09",
    "mdraid1x",
    "raid5rec",
    "raid6rec",
    "btrfs",
    "ext2",
    "f2fs",
    "fat",
    "xfs",
    "all_video",
    "cat",
    "chain",
    "efifwsetup",
    "font",
    "gfxterm",
    "halt",
    "loadenv",
    "ls",
    "minicmd",
    "reboot",
    "serial",
    "sleep",
    "terminal",
    "true",
];

/// The path of the image's first script in the archive that the image carries.
const PREFIX: &str = "(memdisk)/boot/grub";

/// The packages of GRUB, and the marker that their images look for.
pub struct Grub<'a> {
    /// The attribute that names the packages.
    pub attribute: AttrPath,
    /// Their store paths.
    pub packages: Vec<&'a str>,
    /// The marker: the name of a file that is only on the file system to boot from. The image finds that file system by
    /// it.
    pub marker: String,
}

/// The first script that an image runs. It looks for the file system with the marker. The disk that the firmware
/// started comes first, so that each mirror boots without the others. The marker lies in `/boot/grub` of the root, or
/// in `/grub` of a file system that is mounted on /boot.
fn script(marker: &str) -> String {
    format!(
        r#"regexp --set=1:disk "^.([^,)]*)" "$cmdpath"
if search --no-floppy --file --set=root --hint="$disk," /boot/grub/{marker}; then
  set prefix="($root)/boot/grub"
elif search --no-floppy --file --set=root --hint="$disk," /grub/{marker}; then
  set prefix="($root)/grub"
fi
if [ "$root" = memdisk ]; then
  echo "no file system has the file /boot/grub/{marker}"
else
  configfile "$prefix/grub.cfg"
fi
"#
    )
}

impl Grub<'_> {
    /// The path of `file` in the first package that has it.
    pub fn file(&self, file: &str) -> Result<String, Error> {
        find_in_packages(&self.packages, file, || self.attribute.clone())
    }

    /// Makes the image for `platform`, as the file `image`.
    pub fn make(&self, platform: &'static str, image: &Path) -> Result<(), Error> {
        let modules = self.file(&format!("lib/grub/{platform}"))?;
        let mut names = NEEDED.to_vec();
        for name in NEEDED {
            self.file(&format!("lib/grub/{platform}/{name}.mod"))?;
        }
        names.extend(
            USEFUL
                .iter()
                .filter(|name| Path::new(&format!("{modules}/{name}.mod")).exists()),
        );
        let tool = self.file("bin/grub-mkimage")?;

        make_parent(image)?;
        let memdisk = image.with_extension("tar");
        fs::write(&memdisk, archive("boot/grub/grub.cfg", &script(&self.marker)))
            .map_err(FileError::at("write", &memdisk))?;
        let mut call = Command::new(&tool);
        call.args(["--directory", &modules, "--format", platform, "--prefix", PREFIX])
            .arg("--memdisk")
            .arg(&memdisk)
            .arg("--output")
            .arg(image)
            .args(&names);
        let answer = run(&mut call, &tool);
        fs::remove_file(&memdisk).map_err(FileError::at("remove", &memdisk))?;
        match answer? {
            None if image.exists() => make_read_only(image),
            answer => Err(Error::NoImage {
                attribute: self.attribute.clone(),
                tool,
                platform,
                answer: answer.unwrap_or_default(),
            }),
        }
    }

    /// Has GRUB's own parser check lines of grub.cfg, where the package has it. With one mistake in them the whole menu
    /// is lost. `scratch` is the path of a temporary file.
    pub fn check_commands(&self, commands: &str, scratch: &Path) -> Result<(), Error> {
        let Ok(tool) = self.file("bin/grub-script-check") else {
            return Ok(());
        };
        make_parent(scratch)?;
        fs::write(scratch, commands).map_err(FileError::at("write", scratch))?;
        let answer = run(Command::new(&tool).arg(scratch), &tool);
        fs::remove_file(scratch).map_err(FileError::at("remove", scratch))?;
        answer?.map_or(Ok(()), |answer| Err(Error::Commands { answer }))
    }
}

/// Runs a tool. If it failed: how it ended, and what it said.
fn run(call: &mut Command, tool: &str) -> Result<Option<String>, Error> {
    let answer = call
        .env_clear()
        .output()
        .map_err(FileError::at("run", Path::new(tool)))?;
    if answer.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&answer.stderr);
    let said: Vec<&str> = said.split_whitespace().collect();
    Ok(Some(format!("{}: {}", answer.status, said.join(" "))))
}
