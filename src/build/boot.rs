//! What a disk boots from, as the build puts it into the output: images of boot loaders and a joined initial RAM disk. They
//! are copied or made here so that a system's closure has no boot loader's package in it.

use std::fs;
use std::io::Write;
use std::path::Path;
use tree::FileError;

use super::files::{check_source, find, make_parent, seal};
use super::{Error, grub};
use plan::Plan;
use plan::problem::AttrPath;
use plan::sections::firmware::Firmware;
use plan::steps::{images, marker};
use plan::text::{Source, Text};

/// The kernel unpacks archives one after the other, each from a multiple of this many bytes (`unpack_to_rootfs` in
/// init/initramfs.c); zeros between them are skipped.
const INITRD_ALIGNMENT: usize = 4;

fn at(names: &[&str]) -> AttrPath {
    names
        .iter()
        .fold(AttrPath::default().name("boot"), |path, name| path.name(name))
}

/// Checks that the kernel and the initial RAM disks are files: only here, in the sandbox, are they sure to exist.
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

fn copy(from: &str, to: &Path) -> Result<(), Error> {
    make_parent(to)?;
    let contents = fs::read(from).map_err(FileError::at("read", Path::new(from)))?;
    fs::write(to, contents).map_err(FileError::at("write", to))?;
    seal(to)
}

/// Joins initial RAM disks.
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
