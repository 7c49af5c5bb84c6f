//! Bootspec v1, what a generation says of how it boots: `boot.json`, as RFC 125 defines it and as NixOS and we write it.
//! No I/O.
//!
//! A document holds `org.nixos.bootspec.v1`, `org.nixos.specialisation.v1` (documents without specialisations of their
//! own, by name) and extensions, of which two are read: NixOS's `org.nixos.systemd-boot` for its `sortKey`, and our own
//! [`EXTENSION`] for further initrds.

use serde_json::{Map, Value};

const DOCUMENT: &str = "org.nixos.bootspec.v1";
const SPECIALISATIONS: &str = "org.nixos.specialisation.v1";
const SYSTEMD_BOOT: &str = "org.nixos.systemd-boot";
/// Our own extension: `{ "initrds": [ ... ] }`, all initrds in their order where there is more than the one of bootspec.
pub const EXTENSION: &str = "org.nixos.system-installer.v1";

/// Why a document is no bootspec.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No JSON.
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
    /// The paths of initrds, loaded one after the other.
    pub initrds: Vec<String>,
    /// The program that appends secrets to the initrd.
    pub initrd_secrets: Option<String>,
    /// What systemd-boot sorts by.
    pub sort_key: Option<String>,
    /// Variants of the system, by name; they have none of their own.
    pub specialisations: Vec<(String, Bootspec)>,
}

/// Reads a document. Attributes that are not known are left aside, as the RFC asks for.
///
/// # Errors
/// See [`Error`].
pub fn read(json: &[u8]) -> Result<Bootspec, Error> {
    let Value::Object(document) = serde_json::from_slice(json)? else {
        return Err(Error::NoDocument);
    };
    let mut spec = restricted(&document)?;
    for (name, document) in object(document.get(SPECIALISATIONS), SPECIALISATIONS)?
        .into_iter()
        .flatten()
    {
        let Value::Object(document) = document else {
            return Err(Error::WrongType {
                attribute: SPECIALISATIONS,
                wanted: "a set of documents",
            });
        };
        spec.specialisations.push((name.clone(), restricted(document)?));
    }
    Ok(spec)
}

fn restricted(document: &Map<String, Value>) -> Result<Bootspec, Error> {
    let body = object(document.get(DOCUMENT), DOCUMENT)?.ok_or(Error::NoDocument)?;
    let text = |name| string(body, name)?.ok_or(Error::Missing(name));
    let systemd_boot = object(document.get(SYSTEMD_BOOT), SYSTEMD_BOOT)?;
    let mut initrds: Vec<String> = string(body, "initrd")?.into_iter().collect();
    if let Some(ours) = object(document.get(EXTENSION), EXTENSION)?
        && let Some(all) = ours.get("initrds")
    {
        initrds = strings(all, "initrds")?;
    }
    Ok(Bootspec {
        label: text("label")?,
        toplevel: text("toplevel")?,
        init: text("init")?,
        kernel: text("kernel")?,
        kernel_params: strings(body.get("kernelParams").unwrap_or(&Value::Null), "kernelParams")?,
        initrds,
        initrd_secrets: string(body, "initrdSecrets")?,
        sort_key: match systemd_boot {
            Some(extension) => string(extension, "sortKey")?,
            None => None,
        },
        specialisations: Vec::new(),
    })
}

fn object<'a>(value: Option<&'a Value>, attribute: &'static str) -> Result<Option<&'a Map<String, Value>>, Error> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Error::WrongType {
            attribute,
            wanted: "an object",
        }),
    }
}

fn string(object: &Map<String, Value>, attribute: &'static str) -> Result<Option<String>, Error> {
    match object.get(attribute) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::WrongType {
            attribute,
            wanted: "a string",
        }),
    }
}

fn strings(value: &Value, attribute: &'static str) -> Result<Vec<String>, Error> {
    let wrong = || Error::WrongType {
        attribute,
        wanted: "a list of strings",
    };
    let Value::Array(values) = value else {
        return Err(if value.is_null() {
            Error::Missing(attribute)
        } else {
            wrong()
        });
    };
    let mut texts = Vec::with_capacity(values.len());
    for value in values {
        let Value::String(text) = value else {
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
        let spec = read(NIXOS.as_bytes()).unwrap();
        assert_eq!(spec.label, "NixOS Tapir 23.11 (Linux 6.1.69)");
        assert_eq!(spec.initrds, ["/nix/store/xxx-initrd-linux/initrd"]);
        assert_eq!(
            spec.initrd_secrets.as_deref(),
            Some("/nix/store/xxx-append-initrd-secrets/bin/append-initrd-secrets")
        );
        assert_eq!(spec.sort_key.as_deref(), Some("a-box"));
        let [(name, debug)] = spec.specialisations.as_slice() else {
            panic!("{spec:?}")
        };
        assert_eq!(name, "debug");
        assert_eq!(debug.initrds, Vec::<String>::new());
        assert_eq!(debug.toplevel, "/nix/store/yyy-nixos-system-box");
    }

    #[test]
    fn our_extension_gives_several_initrds() {
        let json = NIXOS.replacen(
            "com.example.other\": { \"anything\"",
            "org.nixos.system-installer.v1\": { \"initrds\": [\"/a\", \"/b\"], \"anything\"",
            1,
        );
        assert_eq!(read(json.as_bytes()).unwrap().initrds, ["/a", "/b"]);
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
