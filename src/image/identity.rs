//! UUIDs and serial numbers of an image. Other tools make them up at random; here they are a SHA-256 of the output's store path and
//! of the thing's name, so that the same image has the same ones.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What every UUID and number of one image comes from.
#[derive(Debug, Clone)]
pub struct Identity(String);

impl Identity {
    /// `source` is the hash part of the image's store path, which no other image has.
    pub fn new(source: &str) -> Self {
        Self(source.to_owned())
    }

    /// The UUID of the thing with this name. Of version 8 (RFC 9562), as it is neither random nor of a time.
    pub fn uuid(&self, name: &str) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.digest(name)[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The 32-bit number of the thing with this name.
    pub fn number(&self, name: &str) -> u32 {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.digest(name)[..4]);
        u32::from_le_bytes(bytes)
    }

    fn digest(&self, name: &str) -> [u8; 32] {
        // The source holds no NUL: so no two pairs of source and name give the same text.
        Sha256::digest(format!("{}\0{name}", self.0)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_of_the_same_image_is_always_the_same() {
        let image = Identity::new("9dqn7cpy");
        assert_eq!(image.uuid("root").to_string(), "64cbd83f-5229-8ec1-aed1-17fe491c2e8c");
        assert_eq!(image.uuid("root"), Identity::new("9dqn7cpy").uuid("root"));
        assert_ne!(image.uuid("root"), image.uuid("esp"));
        assert_ne!(image.uuid("root"), Identity::new("9dqn7cpz").uuid("root"));
        assert_ne!(image.number("root"), image.number("esp"));
    }
}
