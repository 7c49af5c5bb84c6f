//! `boot.loader.external`: a command that installs a boot loader itself.

use super::{At, BootLoader};
use crate::command::Command;
use crate::section::section;
use crate::text::{Device, Text};

section! {
    /// A command that installs a boot loader.
    External, "an attribute set with `command`";

    /// The command; the system's store path is added as its last word, as NixOS does for `installHook`.
    command: Command = "command" [required] example "[ \"${package}/bin/install-boot-loader\" ]";
}

impl BootLoader for External {
    fn fill(&mut self, _: &[Device]) {}

    /// The command may write onto them.
    fn uses_esps(&self) -> bool {
        true
    }

    fn step(&self, _: &At<'_>) -> Option<step::Loader> {
        let words = self.command.as_ref()?.0.iter();
        Some(step::Loader::External(step::External {
            command: words.map(|word| word.text().to_owned()).collect(),
        }))
    }
}
