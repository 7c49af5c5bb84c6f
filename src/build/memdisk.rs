//! The archive that an image of GRUB carries. It holds one file, in tar's ustar format (POSIX pax, "ustar Interchange
//! Format").

const BLOCK: usize = 512;

/// A field of a header: its offset, and its text.
type FieldText<'a> = (usize, &'a str);

/// An archive that holds the file `name` alone. The name may have 100 bytes.
pub fn archive(name: &str, contents: &str) -> Vec<u8> {
    let size = format!("{:011o}", contents.len());
    // Name, mode, owner, group, size, time, check sum (blanks while it is computed), kind, magic and version.
    let fields: [FieldText; 9] = [
        (0, name),
        (100, "0000444"),
        (108, "0000000"),
        (116, "0000000"),
        (124, &size),
        (136, "00000000001"),
        (148, "        "),
        (156, "0"),
        (257, "ustar\x0000"),
    ];
    let mut header = [0; BLOCK];
    for (start, text) in fields {
        header[start..start + text.len()].copy_from_slice(text.as_bytes());
    }
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());

    let mut archive = header.to_vec();
    archive.extend(contents.as_bytes());
    // Two empty blocks end it.
    archive.resize(archive.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    archive
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn tar_reads_the_archive() {
        for contents in ["", "a", &"x".repeat(512), &"y".repeat(5000)] {
            let mut tar = Command::new("tar")
                .args(["--extract", "--to-stdout", "boot/grub/grub.cfg"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            tar.stdin
                .take()
                .unwrap()
                .write_all(&archive("boot/grub/grub.cfg", contents))
                .unwrap();
            let output = tar.wait_with_output().unwrap();
            assert!(output.status.success());
            assert_eq!(output.stdout, contents.as_bytes());
        }
    }
}
