//! `boot.json` of generations that others built.

use boot::bootspec;

/// Any bytes are a bootspec or an error. Every specialisation is read or told, and none has further ones.
pub fn run(data: &[u8]) {
    let Ok((spec, broken)) = bootspec::read(data) else {
        return;
    };
    assert!(
        spec.specialisations
            .iter()
            .all(|(_, inner)| inner.specialisations.is_empty())
    );
    for (_, error) in broken {
        assert!(!error.to_string().is_empty());
    }
}
