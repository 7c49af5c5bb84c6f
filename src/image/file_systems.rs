//! The table of the file systems that images can have. To add one, write a folder beside this file and a row here, and name it in
//! the plan's rule on images (`FILE_SYSTEMS` there): a test holds that the two agree.

use super::erofs::Erofs;
use super::ext4::Ext4;
use super::fat::Vfat;
use super::file_system::FileSystem;

/// All of them.
pub static FILE_SYSTEMS: [&dyn FileSystem; 3] = [&Erofs, &Ext4, &Vfat];

/// The one that a plan calls `name`.
pub fn by_name(name: &str) -> Option<&'static dyn FileSystem> {
    FILE_SYSTEMS.into_iter().find(|known| known.name() == name)
}

#[cfg(test)]
mod tests {
    use plan::check::IMAGE_FILE_SYSTEMS;

    use super::*;

    #[test]
    fn the_plan_accepts_what_can_be_made_and_asks_for_a_package_where_one_is_needed() {
        let made = FILE_SYSTEMS.map(|known| (known.name(), known.needs_mkfs()));
        let accepted = IMAGE_FILE_SYSTEMS.map(|(name, package)| (name, package.is_some()));
        assert_eq!(made, accepted);
    }
}
