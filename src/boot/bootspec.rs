//! Bootspec v1, what a generation says of how it boots: `boot.json`, as RFC 125 defines it and as NixOS and we write it.
//! No I/O.
//!
//! A document holds `org.nixos.bootspec.v1`, `org.nixos.specialisation.v1` (documents without specialisations of their
//! own, by name) and extensions, of which one is read: NixOS's `org.nixos.systemd-boot` for its `sortKey`.

use tree::Tree;

const DOCUMENT: &str = "org.nixos.bootspec.v1";
const SPECIALISATIONS: &str = "org.nixos.specialisation.v1";
const SYSTEMD_BOOT: &str = "org.nixos.systemd-boot";

/// Why a document is no bootspec.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document is not JSON.
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Not a bootspec of a version that is known.
    #[error("it has no `{DOCUMENT}`")]
    NoDocument,
    /// An attribute is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// An attribute has the wrong type.
    #[error("`{attribute}` is not {wanted}")]
    WrongType {
        /// The attribute.
        attribute: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
}

/// How a system boots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootspec {
    /// The text for menus.
    pub label: String,
    /// The store path of the system.
    pub toplevel: String,
    /// The path of its init.
    pub init: String,
    /// The path of the kernel's file.
    pub kernel: String,
    /// Words of the kernel's command line.
    pub kernel_params: Vec<String>,
    /// The path of the initrd.
    pub initrd: Option<String>,
    /// The program that appends secrets to the initrd.
    pub initrd_secrets: Option<String>,
    /// What systemd-boot sorts by.
    pub sort_key: Option<String>,
    /// Variants of the system, by name; they have none of their own.
    pub specialisations: Vec<(String, Bootspec)>,
}

/// Reads a document. Also gives the specialisations that cannot be read, each with the reason. Unknown attributes are ignored, as
/// the RFC asks for.
///
/// # Errors
/// See [`Error`].
pub fn read(json: &[u8]) -> Result<(Bootspec, Vec<(String, Error)>), Error> {
    let document: Tree = serde_json::from_slice(json)?;
    let mut spec = restricted(&document)?;
    let mut broken = Vec::new();
    if let Some(Tree::Attrs(documents)) = set(&document, SPECIALISATIONS)? {
        for (name, document) in documents {
            match restricted(document) {
                Ok(specialisation) => spec.specialisations.push((name.clone(), specialisation)),
                Err(error) => broken.push((name.clone(), error)),
            }
        }
    }
    Ok((spec, broken))
}

fn restricted(document: &Tree) -> Result<Bootspec, Error> {
    let body = set(document, DOCUMENT)?.ok_or(Error::NoDocument)?;
    let text = |name| string(body, name)?.ok_or(Error::Missing(name));
    Ok(Bootspec {
        label: text("label")?,
        toplevel: text("toplevel")?,
        init: text("init")?,
        kernel: text("kernel")?,
        kernel_params: strings(body, "kernelParams")?,
        initrd: string(body, "initrd")?,
        initrd_secrets: string(body, "initrdSecrets")?,
        sort_key: match set(document, SYSTEMD_BOOT)? {
            Some(extension) => string(extension, "sortKey")?,
            None => None,
        },
        specialisations: Vec::new(),
    })
}

/// The attribute `attribute`; `None` where it is missing or `null`.
fn given<'a>(tree: &'a Tree, attribute: &str) -> Option<&'a Tree> {
    tree.attribute(attribute).filter(|value| **value != Tree::Null)
}

fn set<'a>(tree: &'a Tree, attribute: &'static str) -> Result<Option<&'a Tree>, Error> {
    match given(tree, attribute) {
        Some(Tree::Attrs(_)) | None => Ok(given(tree, attribute)),
        Some(_) => Err(Error::WrongType {
            attribute,
            wanted: "an object",
        }),
    }
}

fn string(tree: &Tree, attribute: &'static str) -> Result<Option<String>, Error> {
    match given(tree, attribute) {
        None => Ok(None),
        Some(Tree::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::WrongType {
            attribute,
            wanted: "a string",
        }),
    }
}

fn strings(tree: &Tree, attribute: &'static str) -> Result<Vec<String>, Error> {
    let wrong = || Error::WrongType {
        attribute,
        wanted: "a list of strings",
    };
    let Tree::List(values) = given(tree, attribute).ok_or(Error::Missing(attribute))? else {
        return Err(wrong());
    };
    let mut texts = Vec::with_capacity(values.len());
    for value in values {
        let Tree::String(text) = value else {
            return Err(wrong());
        };
        texts.push(text.clone());
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As NixOS 23.11 writes it, with one specialisation and secrets.
    const NIXOS: &str = r#"{
      "org.nixos.bootspec.v1": {
        "init": "/nix/store/xxx-nixos-system-box/init",
        "initrd": "/nix/store/xxx-initrd-linux/initrd",
        "initrdSecrets": "/nix/store/xxx-append-initrd-secrets/bin/append-initrd-secrets",
        "kernel": "/nix/store/xxx-linux/bzImage",
        "kernelParams": ["loglevel=4", "init=/not/this"],
        "label": "NixOS Tapir 23.11 (Linux 6.1.69)",
        "system": "x86_64-linux",
        "toplevel": "/nix/store/xxx-nixos-system-box"
      },
      "org.nixos.specialisation.v1": {
        "debug": {
          "org.nixos.bootspec.v1": {
            "init": "/nix/store/yyy-nixos-system-box/init",
            "kernel": "/nix/store/xxx-linux/bzImage",
            "kernelParams": [],
            "label": "NixOS debug",
            "system": "x86_64-linux",
            "toplevel": "/nix/store/yyy-nixos-system-box"
          },
          "com.example": 1
        }
      },
      "org.nixos.systemd-boot": { "sortKey": "a-box", "devicetree": null },
      "com.example.other": { "anything": [1, 2.5, "x"] }
    }"#;

    #[test]
    fn a_document_of_nixos_is_read_and_what_is_unknown_is_left_aside() {
        let (spec, broken) = read(NIXOS.as_bytes()).unwrap();
        assert!(broken.is_empty());
        assert_eq!(spec.label, "NixOS Tapir 23.11 (Linux 6.1.69)");
        assert_eq!(spec.initrd.as_deref(), Some("/nix/store/xxx-initrd-linux/initrd"));
        assert_eq!(
            spec.initrd_secrets.as_deref(),
            Some("/nix/store/xxx-append-initrd-secrets/bin/append-initrd-secrets")
        );
        assert_eq!(spec.sort_key.as_deref(), Some("a-box"));
        let [(name, debug)] = spec.specialisations.as_slice() else {
            panic!("{spec:?}")
        };
        assert_eq!(name, "debug");
        assert_eq!(debug.initrd, None);
        assert_eq!(debug.toplevel, "/nix/store/yyy-nixos-system-box");
    }

    #[test]
    fn what_is_no_bootspec_is_told_in_one_line() {
        for (json, expected) in [
            ("[]", "it has no `org.nixos.bootspec.v1`"),
            ("{\"v1\": {}}", "it has no `org.nixos.bootspec.v1`"),
            (
                "{\"org.nixos.bootspec.v1\": 1}",
                "`org.nixos.bootspec.v1` is not an object",
            ),
            ("{\"org.nixos.bootspec.v1\": {}}", "`label` is missing"),
            (
                &NIXOS.replacen("[\"loglevel=4\"", "[4", 1),
                "`kernelParams` is not a list of strings",
            ),
            (
                &NIXOS.replacen("[\"loglevel=4\", \"init=/not/this\"]", "null", 1),
                "`kernelParams` is missing",
            ),
        ] {
            assert_eq!(read(json.as_bytes()).unwrap_err().to_string(), expected, "{json}");
        }
        assert!(matches!(read(b"{"), Err(Error::Json(_))));
        assert!(matches!(read(b""), Err(Error::Json(_))));
    }
}
