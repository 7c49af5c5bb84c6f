//! The owners manifest, mtree(5).

use prefix::owners;

/// Any bytes are a manifest or an error with the number of a line that is there; a manifest that is read is written and
/// read again the same, and its paths never lead out of the tree.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match owners::parse(&text) {
        Ok(manifest) => {
            for path in manifest.keys() {
                assert!(
                    path.starts_with('/') && path.split('/').all(|part| part != ".." && part != "."),
                    "{path:?}"
                );
            }
            let written = owners::format(&manifest);
            assert!(
                written
                    .lines()
                    .all(|line| line.bytes().all(|byte| (0x20..0x7F).contains(&byte))),
                "{written:?}"
            );
            assert_eq!(owners::parse(&written), Ok(manifest));
        }
        Err((line, problem)) => {
            assert!(
                line >= 1 && line <= text.lines().count().max(1),
                "line {line} of {text:?}"
            );
            assert!(!problem.is_empty());
        }
    }
}
