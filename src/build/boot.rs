//! What a machine boots from, as the build puts it into the output: the images of the boot loader, and one initial RAM
//! disk joined from several. They are copied or made here for a reason: otherwise the closure of the system would hold
//! the packages of the boot loader.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tree::FileError;

use super::{Error, check_source, grub};
use plan::Plan;
use plan::problem::AttrPath;
use plan::sections::firmware::Firmware;
use plan::steps::{images, marker};
use plan::text::{Source, Text};

/// Each archive starts at a multiple of this many bytes. The kernel unpacks archives one after the other and skips
/// zeros between them (`unpack_to_rootfs` in init/initramfs.c).
const INITRD_ALIGNMENT: usize = 4;

fn at(names: &[&str]) -> AttrPath {
    names
        .iter()
        .fold(AttrPath::default().name("boot"), |path, name| path.name(name))
}

/// Checks that the kernel and the initial RAM disks are files. Only here, in the sandbox, are they sure to exist.
pub fn check(plan: &Plan) -> Result<(), Error> {
    let Some(boot) = &plan.boot else { return Ok(()) };
    if let Some(kernel) = &boot.kernel {
        check_source(at(&["kernel"]), kernel.text())?;
    }
    for (index, initrd) in boot.initrd.iter().flat_map(|initrds| &initrds.0).enumerate() {
        check_source(at(&["initrd"]).index(index), initrd.text())?;
    }
    Ok(())
}

/// Writes what the plan's boot loader needs into the output `out`.
pub fn write(plan: &Plan, out: &Path) -> Result<(), Error> {
    let Some(boot) = &plan.boot else { return Ok(()) };
    if let Some(initrds) = boot.initrd.as_ref().filter(|initrds| initrds.0.len() > 1) {
        join(&initrds.0, &out.join(images::INITRD))?;
    }
    let firmware = plan.system.as_ref().and_then(|system| Firmware::of(system.text()));
    let (Some(loader), Some(firmware)) = (&boot.loader, firmware) else {
        return Ok(());
    };
    if let Some(given) = &loader.grub {
        let tool = grub::Grub {
            attribute: at(&["loader", "grub", "package"]),
            packages: given
                .package
                .iter()
                .flat_map(|packages| &packages.0)
                .map(Text::text)
                .collect(),
            marker: marker(plan),
        };
        if let Some(commands) = given
            .extra_config
            .as_ref()
            .map(Text::text)
            .filter(|text| !text.is_empty())
        {
            tool.check_commands(commands, &out.join("grub/extraConfig"))?;
        }
        if let Some(platform) = firmware.bios.filter(|_| given.is_for_bios(firmware)) {
            copy(
                &tool.file(&format!("lib/grub/{platform}/boot.img"))?,
                &out.join(images::GRUB_BOOT),
            )?;
            tool.make(platform, &out.join(images::GRUB_CORE))?;
        }
        if given.efi_support == Some(true) {
            let image = out.join(images::grub_efi(&firmware.efi));
            tool.make(firmware.efi.grub_platform, &image)?;
        }
    }
    if let Some(given) = &loader.systemd_boot {
        let packages: Vec<&str> = given.package.iter().map(Text::text).collect();
        let file = format!("lib/systemd/boot/efi/{}", firmware.efi.systemd_boot_image);
        let image = find(&packages, &file, || at(&["loader", "systemd-boot", "package"]))?;
        copy(&image, &out.join(images::systemd_boot(&firmware.efi)))?;
    }
    Ok(())
}

/// The path of `file` in the first package that has it.
pub fn find(packages: &[&str], file: &str, attribute: impl FnOnce() -> AttrPath) -> Result<String, Error> {
    let paths = packages.iter().map(|package| format!("{package}/{file}"));
    paths.into_iter().find(|path| Path::new(path).exists()).ok_or_else(|| {
        let packages: Vec<String> = packages.iter().map(|package| format!("`{package}`")).collect();
        Error::Incomplete {
            attribute: attribute(),
            file: file.to_owned(),
            packages: packages.join(", "),
        }
    })
}

/// Makes the directory that `path` lies in.
pub fn make_parent(path: &Path) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(path);
    Ok(fs::create_dir_all(parent).map_err(FileError::at("create directory", parent))?)
}

/// Makes a file read-only: nobody writes into the store.
pub fn seal(path: &Path) -> Result<(), Error> {
    Ok(fs::set_permissions(path, Permissions::from_mode(0o444)).map_err(FileError::at("set the mode of", path))?)
}

fn copy(from: &str, to: &Path) -> Result<(), Error> {
    make_parent(to)?;
    let contents = fs::read(from).map_err(FileError::at("read", Path::new(from)))?;
    fs::write(to, contents).map_err(FileError::at("write", to))?;
    seal(to)
}

/// Joins initial RAM disks into one file.
fn join(initrds: &[Source], to: &Path) -> Result<(), Error> {
    let mut file = fs::File::create_new(to).map_err(FileError::at("create", to))?;
    for initrd in initrds {
        let from = Path::new(initrd.text());
        let mut contents = fs::read(from).map_err(FileError::at("read", from))?;
        contents.resize(contents.len().next_multiple_of(INITRD_ALIGNMENT), 0);
        file.write_all(&contents).map_err(FileError::at("write", to))?;
    }
    seal(to)
}

#[cfg(test)]
#[path = "boot_tests.rs"]
mod tests;
