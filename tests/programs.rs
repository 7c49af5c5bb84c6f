//! The programs that are tested as a whole, and where the repository is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The repository.
pub fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The interpreter of the scripts.
pub fn runtime() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("system-installer-runtime"))
}

/// The derivation's builder.
pub fn builder() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("system-installer-build"))
}

/// The host tool.
pub fn host() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("system-installer"))
}

/// Builds the program of this package as it is now, and gives its path. Cargo names a program's path to tests of its own
/// package alone, and for others it does not even build it. All programs are built in one go, of what `cargo test` has compiled
/// already: alone, each of them would have its dependencies compiled again. The tests of the evaluator and of whole systems have
/// the programs that are shipped, which are built alone.
fn built(package: &str) -> PathBuf {
    // This test lies in `TARGET/PROFILE/deps`.
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.ancestors().nth(2).expect("the folder of this profile");
    let target = folder.parent().expect("cargo's folder");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--quiet", "--bins"]);
    if folder.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    let built = cargo.arg("--target-dir").arg(target).current_dir(root()).status();
    assert!(built.expect("cargo").success(), "`{package}` cannot be built");
    folder.join(package)
}
