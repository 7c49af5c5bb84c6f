//! The strings of a plan, with a type for each kind: a value that exists is a valid one. No I/O.

mod account;
mod boot;
mod choice;
mod disk;
mod mount;
mod path;
mod size;
mod title;
mod word;

pub use account::{AccountName, Description, HashedPassword, Home, Owner, PasswordFile, Shell};
pub use boot::{Device, DeviceTreeName, GrubCommands, KernelParameter, Label, MountPoint};
pub use choice::{Base, DiscardPolicy, DiskType, ImageFormat, PartType, TableFormat};
pub use disk::{DeviceName, DevicePath, FileName, GPT_NAME_UNITS, Guid, MbrType, PartitionName, PartitionType, Script};
pub use mount::{MountField, MountPath};
pub use path::{EntryPath, Source, StorePath, Target};
pub use size::{ByteSize, ImageSize, PartedPlace, PartitionSize, Place, SECTOR, Spot};
pub use title::{HostName, Name, System, TargetSystem};
pub use word::{Contents, Variable, VariableName, Word};

use crate::read::strings;
pub use crate::read::{Check, Mistake, Text};

strings! {
    step::MachineId,
    step::OnChange,
    AccountName,
    Base,
    ByteSize,
    Contents,
    Description,
    Device,
    DeviceName,
    DeviceTreeName,
    DevicePath,
    DiscardPolicy,
    DiskType,
    FileName,
    GrubCommands,
    Guid,
    HashedPassword,
    Home,
    HostName,
    ImageFormat,
    ImageSize,
    KernelParameter,
    Label,
    MbrType,
    MountField,
    MountPath,
    MountPoint,
    Name,
    Owner,
    PartType,
    PartedPlace,
    PartitionName,
    PartitionSize,
    PartitionType,
    PasswordFile,
    Place,
    Script,
    Shell,
    Source,
    StorePath,
    System,
    TableFormat,
    Target,
    TargetSystem,
    Variable,
    Word,
}

/// Declares a kind of string: `string!(/** doc */ HostName, "a host name", check)`. `check` takes `&str` and gives
/// `Result<(), Mistake>`. Behind the name may stand its placeholder, if it is not `<name>`, and `like` with a pattern
/// that all such strings match.
macro_rules! string {
    (
        $(#[doc = $doc:literal])+
        $name:ident $(<$stands_for:literal>)? $(like $pattern:literal)?, $expected:literal, $check:expr
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $crate::text::Text for $name {
            const EXPECTED: &'static str = $expected;
            $(
                #[cfg(feature = "reference")]
                const STANDS_FOR: &'static str = $stands_for;
            )?
            $(
                #[cfg(feature = "reference")]
                const PATTERN: Option<&'static str> = Some($pattern);
            )?

            const CHECK: Option<$crate::text::Check> = Some(|text, _| {
                let check: fn(&str) -> Result<(), $crate::text::Mistake> = $check;
                check(text)
            });

            fn checked(text: String, _is_path: bool) -> Option<Self> {
                Some(Self(text))
            }

            fn parse(text: &str, _is_path: bool) -> Result<Self, $crate::text::Mistake> {
                let check: fn(&str) -> Result<(), $crate::text::Mistake> = $check;
                check(text).map(|()| Self(text.to_owned()))
            }

            fn text(&self) -> &str {
                &self.0
            }
        }

        impl $name {
            /// A default of the plan, known to be valid.
            #[allow(dead_code)]
            pub(crate) fn known(text: impl Into<String>) -> Self {
                Self(text.into())
            }
        }
    };
}

/// Declares a kind of string that may be a path value, too. `check` gets whether it is one. The name may be followed by
/// a colon and a constant of [`Text`], which is true then.
macro_rules! string_or_path {
    (
        $(#[doc = $doc:literal])+
        $name:ident $(: $constant:ident)? $(like $pattern:literal)?, $expected:literal, $check:expr
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name {
            text: String,
            is_path: bool,
        }

        impl $crate::text::Text for $name {
            const EXPECTED: &'static str = $expected;
            const TAKES_PATHS: bool = true;
            $(const $constant: bool = true;)?
            $(
                #[cfg(feature = "reference")]
                const PATTERN: Option<&'static str> = Some($pattern);
            )?

            const CHECK: Option<$crate::text::Check> = Some($check);

            fn checked(text: String, is_path: bool) -> Option<Self> {
                Some(Self { text, is_path })
            }

            fn parse(text: &str, is_path: bool) -> Result<Self, $crate::text::Mistake> {
                let check: fn(&str, bool) -> Result<(), $crate::text::Mistake> = $check;
                check(text, is_path).map(|()| Self { text: text.to_owned(), is_path })
            }

            fn text(&self) -> &str {
                &self.text
            }

            fn is_path(&self) -> bool {
                self.is_path
            }
        }

        impl $name {
            /// A default of the plan, known to be valid.
            #[allow(dead_code)]
            pub(crate) fn known(text: impl Into<String>) -> Self {
                Self { text: text.into(), is_path: false }
            }
        }
    };
}

use {string, string_or_path};

/// Whether `text` has a control character. A terminal would obey it, and it could break the lines of a file.
fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}
