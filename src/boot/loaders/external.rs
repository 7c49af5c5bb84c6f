//! A boot loader that a command of the plan's installs.

use step::{External, PREFIX_VARIABLE};

use super::{BootLoader, Decided, Error, Request};
use crate::store::Store;
use crate::{Operation, Places};

impl BootLoader for External {
    fn described(&self) -> &'static str {
        "a command of its own as boot loader"
    }

    fn is_command(&self) -> bool {
        true
    }

    /// As NixOS calls its `installBootLoader`: with the system as the last word, and `NIXOS_INSTALL_BOOTLOADER=1` as
    /// nixos-install and `switch-to-configuration --install-bootloader` set it.
    fn decide(&self, _: &Request, places: &Places, _: Store<'_>, system: &str) -> Result<Decided, Error> {
        let mut command = self.command.clone();
        command.push(system.to_owned());
        let prefix = places.root.path();
        let prefix = prefix.canonicalize().unwrap_or_else(|_| prefix.to_owned());
        Ok(Decided {
            operations: vec![Operation::Run {
                command,
                environment: vec![
                    ("NIXOS_INSTALL_BOOTLOADER".to_owned(), "1".to_owned()),
                    (PREFIX_VARIABLE.to_owned(), prefix.to_string_lossy().into_owned()),
                ],
            }],
            boot_sectors_at: 0,
            warnings: Vec::new(),
        })
    }
}
