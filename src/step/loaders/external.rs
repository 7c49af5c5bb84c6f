//! A command that installs a boot loader itself.

use serde::{Deserialize, Serialize};
use tree::{Tree, fields};

/// A command that installs a boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct External {
    /// The command; the system's store path is added as its last word.
    pub command: Vec<String>,
}

fields!(External: command);
