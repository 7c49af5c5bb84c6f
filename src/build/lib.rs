//! The builder of an installer's derivation. Nix passes the plan as a file; the builder writes the scripts, `plan.json`
//! and what the machine boots from to `$out`.
//!
//! The output depends on the plan and the runtime's store path alone: the same two give the same bytes.

mod boot;
mod bootspec;
pub mod emit;
mod error;
mod files;
mod grub;
mod memdisk;

pub use error::Error;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use error::line;
use files::check_source;
use plan::assess_plan;
use plan::problem::AttrPath;
use plan::text::Text;
use plan::{Map, Plan};
use tree::{FileError, Tree};

/// Reads the plan in the JSON file `path`.
///
/// # Errors
///
/// [`Error::File`], [`Error::Json`].
pub fn load(path: &Path) -> Result<Tree, Error> {
    let text = fs::read(path).map_err(FileError::at("read", path))?;
    serde_json::from_slice(&text).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })
}

/// Builds the output. The environment of the derivation's builder says from what, and where.
///
/// # Errors
///
/// See [`Error`].
pub fn main() -> Result<(), Error> {
    let variable = |name| std::env::var_os(name).ok_or(Error::Environment(name));
    let plan_path = PathBuf::from(variable("planPath")?);
    let out = utf8(variable("out")?, "out")?;
    let runtime = utf8(variable("runtime")?, "runtime")?;
    build(&plan_path, &out, &runtime)
}

fn utf8(value: OsString, name: &'static str) -> Result<String, Error> {
    value.into_string().map_err(|_| Error::Environment(name))
}

/// Builds the plan in the file `plan_path` as the directory `out`. `runtime` is the store path of the scripts'
/// interpreter.
///
/// # Errors
/// See [`Error`].
pub fn build(plan_path: &Path, out: &str, runtime: &str) -> Result<(), Error> {
    let (plan, warnings) = assess_plan(&load(plan_path)?);
    for warning in warnings {
        // If standard error cannot be written to, the output is built all the same.
        let _ = writeln!(io::stderr(), "warning: {}", line(&warning));
    }
    let plan = plan.map_err(Error::Plan)?;
    if let Some(problem) = plan::check::buildable(&plan) {
        return Err(Error::Plan(vec![problem]));
    }
    check_sources(&plan)?;
    check_nix(&plan)?;
    boot::check(&plan)?;
    let files = emit::emit(&plan, out, runtime)?;

    let out = Path::new(out);
    fs::create_dir(out).map_err(FileError::at("create directory", out))?;
    for file in files {
        let path = out.join(file.name);
        let mode = if file.executable { 0o555 } else { 0o444 };
        let write = || {
            let mut handle = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(&path)?;
            handle.write_all(file.contents.as_bytes())?;
            // Sets the mode again: the umask may have taken bits away.
            handle.set_permissions(fs::Permissions::from_mode(mode))
        };
        write().map_err(FileError::at("write", &path))?;
    }
    boot::write(&plan, out)
}

/// Checks that every source is a regular file, or a link to one. Only here, in the sandbox, is it sure to exist.
fn check_sources(plan: &Plan) -> Result<(), Error> {
    for (path, file) in plan.files.iter().flat_map(Map::present) {
        let Some(source) = &file.source else { continue };
        check_source(
            AttrPath::default().name("files").name(path).name("source"),
            source.text(),
        )?;
    }
    Ok(())
}

/// Checks that the package of Nix has `nix-store`. Without it, `pre-init` would fail, and the machine would not start.
fn check_nix(plan: &Plan) -> Result<(), Error> {
    let enabled = plan.nix.as_ref().filter(|nix| nix.enable == Some(true));
    let Some(package) = enabled.and_then(|nix| nix.package.as_ref()) else {
        return Ok(());
    };
    let attribute = || AttrPath::default().name("nix").name("package");
    files::find_in_packages(&[package.text()], "bin/nix-store", attribute).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan::read_plan;

    /// The message about a file whose source is this path. It is a path value: of strings, only store paths are accepted.
    fn said_of(source: &Path) -> Result<(), String> {
        let set = |name: &str, tree| Tree::Attrs(vec![(name.to_owned(), tree)]);
        let path = Tree::Path(source.display().to_string());
        let tree = Tree::Attrs(vec![
            ("files".to_owned(), set("/a", set("source", path))),
            (
                "init".to_owned(),
                set("command", Tree::List(vec![Tree::String("/init".to_owned())])),
            ),
            ("name".to_owned(), Tree::String("test".to_owned())),
            ("system".to_owned(), Tree::String("x86_64-linux".to_owned())),
        ]);
        check_sources(&read_plan(&tree).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_source_is_a_regular_file_or_leads_to_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(said_of(&file), Ok(()));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(said_of(&link), Ok(()));
        let at = folder.path().display();
        assert_eq!(
            said_of(folder.path()),
            Err(format!("`files.\"/a\".source`: `{at}` is not a regular file"))
        );
        fs::remove_file(&file).unwrap();
        let wanted = format!("`files.\"/a\".source`: cannot look at `{at}/link`: No such file or directory");
        assert_eq!(said_of(&link), Err(wanted));
    }

    #[test]
    fn a_package_of_nix_that_is_none_is_refused_where_it_would_be_called() {
        let said_with = |enable: bool| {
            let text = format!(
                r#"{{ "name": "test", "system": "x86_64-linux", "init": {{ "command": ["/init"] }}, "nix":
                   {{ "enable": {enable}, "package": "/nix/store/11111111111111111111111111111111-nix" }} }}"#
            );
            let plan = read_plan(&serde_json::from_str(&text).unwrap()).unwrap();
            check_nix(&plan).map_err(|error| error.to_string())
        };
        assert_eq!(said_with(false), Ok(()));
        let wanted = "`nix.package`: there is no `bin/nix-store` in `/nix/store/11111111111111111111111111111111-nix`";
        assert_eq!(said_with(true), Err(wanted.to_owned()));
    }
}
