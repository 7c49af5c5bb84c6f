//! What a machine boots from, as the build puts it into the output: the images of the boot loader, and one initial RAM
//! disk joined from several. They are copied or made here for a reason: otherwise the closure of the system would hold
//! the packages of the boot loader.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use tree::FileError;

use super::files::{check_source, find_in_packages, make_parent, make_read_only};
use super::{Error, grub};
use plan::Plan;
use plan::firmware::Firmware;
use plan::loaders::{Chosen, images, marker};
use plan::problem::AttrPath;
use plan::text::{Source, Text};
use plan::{DeviceTree, Grub, Loader, SystemdBoot};

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
    if let Some(package) = boot.device_tree.as_ref().and_then(|trees| trees.package.as_ref()) {
        link_device_trees(package.text(), boot.device_tree.as_ref(), out)?;
    }
    let firmware = plan.system.as_ref().and_then(|system| Firmware::of(system.text()));
    match boot.loader.as_ref().and_then(Loader::chosen) {
        Some(Chosen::Grub(grub)) => firmware.map_or(Ok(()), |firmware| write_grub(plan, grub, firmware, out)),
        Some(Chosen::SystemdBoot(loader)) => {
            firmware.map_or(Ok(()), |firmware| write_systemd_boot(loader, firmware, out))
        }
        // U-Boot and syslinux are not installed by this program, and an external loader is installed by a command of
        // the plan.
        Some(Chosen::Extlinux(_) | Chosen::External(_)) | None => Ok(()),
    }
}

/// GRUB's images.
fn write_grub(plan: &Plan, given: &Grub, firmware: &Firmware, out: &Path) -> Result<(), Error> {
    let tool = grub::Grub {
        attribute: at(&["loader", "grub", "package"]),
        packages: given
            .package
            .iter()
            .flat_map(|packages| &packages.0)
            .map(Text::text)
            .collect(),
        marker: marker(plan.name.as_ref().map_or("", Text::text)),
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
    Ok(())
}

/// systemd-boot's image.
fn write_systemd_boot(given: &SystemdBoot, firmware: &Firmware, out: &Path) -> Result<(), Error> {
    let packages: Vec<&str> = given.package.iter().map(Text::text).collect();
    let file = format!("lib/systemd/boot/efi/{}", firmware.efi.systemd_boot_image);
    let image = find_in_packages(&packages, &file, || at(&["loader", "systemd-boot", "package"]))?;
    copy(&image, &out.join(images::systemd_boot(&firmware.efi)))
}

/// Links the device trees of `package` into the output. Menus look for a system's device trees there, as in NixOS.
fn link_device_trees(package: &str, trees: Option<&DeviceTree>, out: &Path) -> Result<(), Error> {
    let attribute = || at(&["deviceTree", "package"]);
    let inner = format!("{package}/{}", images::DEVICE_TREES);
    let directory = if Path::new(&inner).is_dir() { &inner } else { package };
    if !Path::new(directory).is_dir() {
        let (attribute, directory) = (attribute(), directory.to_owned());
        return Err(Error::NotADirectory { attribute, directory });
    }
    if let Some(name) = trees.and_then(|trees| trees.name.as_ref()) {
        find_in_packages(&[directory], name.text(), attribute)?;
    }
    let link = out.join(images::DEVICE_TREES);
    Ok(symlink(directory, &link).map_err(FileError::at("create link", &link))?)
}

fn copy(from: &str, to: &Path) -> Result<(), Error> {
    make_parent(to)?;
    let contents = fs::read(from).map_err(FileError::at("read", Path::new(from)))?;
    fs::write(to, contents).map_err(FileError::at("write", to))?;
    make_read_only(to)
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
    make_read_only(to)
}

#[cfg(test)]
#[path = "boot_tests.rs"]
mod tests;
