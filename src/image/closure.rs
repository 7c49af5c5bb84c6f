//! The closure of a system: read as a builder gets it from Nix, and written as Nix's database loads it.
//!
//! Source: "Advanced attributes", `exportReferencesGraph`, in Nix's manual. With structured attributes (Nix 2.8 and newer) the
//! graph has the hash and the size of each store path: so no store path has to be read to register it.

use std::fmt::Write as _;

use serde::Deserialize;

use tree::digest;

/// Nix's digits in base 32: without e, o, u and t.
const BASE32: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
/// RFC 4648's digits in base 64.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A store path of a closure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StorePath {
    /// The path.
    pub path: String,
    /// The SHA-256 of its archive.
    pub nar_hash: Hash,
    /// The size of its archive in bytes.
    pub nar_size: u64,
    /// The paths that it refers to, itself perhaps among them.
    pub references: Vec<String>,
}

/// A SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hash(pub [u8; 32]);

impl TryFrom<String> for Hash {
    type Error = String;

    /// Takes each of the ways in which Nix writes it: `sha256:` with digits in base 16 or in its own base 32, and
    /// `sha256-` with digits in base 64.
    fn try_from(text: String) -> Result<Self, String> {
        let bytes = match (text.strip_prefix("sha256:"), text.strip_prefix("sha256-")) {
            (Some(digits), _) if digits.len() == 64 => base16(digits.as_bytes()),
            (Some(digits), _) => base32(digits.as_bytes()),
            (_, Some(digits)) => base64(digits.as_bytes()),
            _ => None,
        };
        bytes
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a SHA-256 as Nix writes it"))
    }
}

fn base16(digits: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Nix's own base 32: the last digit stands for the first five bits.
fn base32(digits: &[u8]) -> Option<[u8; 32]> {
    if digits.len() != 52 {
        return None;
    }
    let mut bytes = [0_u8; 32];
    for (n, digit) in digits.iter().rev().enumerate() {
        let value = u16::try_from(BASE32.iter().position(|known| known == digit)?).ok()?;
        let (at, shift) = (n * 5 / 8, n * 5 % 8);
        let [low, high] = (value << shift).to_le_bytes();
        bytes[at] |= low;
        match bytes.get_mut(at + 1) {
            Some(next) => *next |= high,
            None if high == 0 => {}
            None => return None,
        }
    }
    Some(bytes)
}

fn base64(digits: &[u8]) -> Option<[u8; 32]> {
    let digits = digits.strip_suffix(b"=")?;
    let mut bits = Vec::new();
    for digit in digits {
        let value = BASE64.iter().position(|known| known == digit)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    let bytes = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit)));
    bytes.collect::<Vec<u8>>().try_into().ok()
}

/// The text that `nix-store --load-db` reads. Of each path it has the hash in base 16, the size, an empty deriver (it is not
/// known) and the references.
pub fn registration(closure: &[StorePath]) -> String {
    let mut text = String::new();
    for StorePath {
        path,
        nar_hash,
        nar_size,
        references,
    } in closure
    {
        let hash = digest::to_hex(&nar_hash.0);
        let _ = writeln!(text, "{path}\n{hash}\n{nar_size}\n\n{}", references.len());
        for reference in references {
            let _ = writeln!(text, "{reference}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> Result<String, String> {
        Hash::try_from(text.to_owned()).map(|hash| digest::to_hex(&hash.0))
    }

    #[test]
    fn a_hash_is_read_in_every_base_that_nix_writes() {
        // The hash of an empty file, by `nix hash to-base32` and `nix hash to-sri`.
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for text in [
            &format!("sha256:{nothing}"),
            "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ] {
            assert_eq!(hash(text).as_deref(), Ok(nothing));
        }
        let overflowing = format!("sha256:{}", "z".repeat(52));
        for wrong in [
            "",
            "sha256:",
            "md5:00",
            "sha256-AAAA",
            "sha256:eeee",
            "sha512-xx=",
            &overflowing,
        ] {
            assert!(hash(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_registration_is_what_nix_dumps() {
        let closure: Vec<StorePath> = serde_json::from_str(
            r#"[{"closureSize":1,"narHash":"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","narSize":112,
                 "path":"/nix/store/a","references":["/nix/store/a","/nix/store/b"]}]"#,
        )
        .unwrap();
        assert_eq!(
            registration(&closure),
            "/nix/store/a\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n112\n\n2\n/nix/store/a\n/nix/store/b\n"
        );
    }
}
