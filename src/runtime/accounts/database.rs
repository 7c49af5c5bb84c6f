//! One account database as lines of colon-separated fields (passwd(5), group(5), shadow(5), gshadow(5)).
//!
//! Bytes, not text: a person's file may hold any encoding, comments, NIS lines and lines that are broken, and every line
//! that we do not own stays as it is, to the byte.

/// A database file, in memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Database {
    lines: Vec<Vec<u8>>,
}

impl Database {
    /// Splits the contents of a file into lines. A last line without its newline counts as one.
    pub fn parse(contents: &[u8]) -> Self {
        let contents = contents.strip_suffix(b"\n").unwrap_or(contents);
        if contents.is_empty() {
            return Self::default();
        }
        Self {
            lines: contents.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect(),
        }
    }

    /// The contents of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.lines.iter().map(|line| line.len() + 1).sum());
        for line in &self.lines {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        bytes
    }

    /// The fields of the first line for `name`: the one that getpwnam(3) and company find.
    pub fn fields(&self, name: &str) -> Option<Vec<Vec<u8>>> {
        self.position(name).map(|n| split(&self.lines[n]))
    }

    /// The numeric id of `name`: field 2 in both passwd and group.
    pub fn id(&self, name: &str) -> Option<u32> {
        super::number(&self.fields(name)?, 2)
    }

    /// Every name with its fields, in the order of the file; lines that name nobody are left out.
    pub fn entries(&self) -> impl Iterator<Item = Vec<Vec<u8>>> + '_ {
        self.lines
            .iter()
            .filter(|line| names_somebody(line))
            .map(|line| split(line))
    }

    /// Replaces the first line for `name`; without one, appends it, before any NIS line (`+`, `-`), which must stay last.
    pub fn set(&mut self, name: &str, fields: &[Vec<u8>]) {
        let line = fields.join(&b':');
        if let Some(n) = self.position(name) {
            self.lines[n] = line;
        } else {
            let end = self.lines.iter().position(|l| matches!(l.first(), Some(b'+' | b'-')));
            self.lines.insert(end.unwrap_or(self.lines.len()), line);
        }
    }

    /// Takes away every line for `name`.
    pub fn remove(&mut self, name: &str) {
        self.lines.retain(|line| !is_for(line, name));
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| is_for(line, name))
    }
}

fn split(line: &[u8]) -> Vec<Vec<u8>> {
    line.split(|b| *b == b':').map(<[u8]>::to_vec).collect()
}

fn is_for(line: &[u8], name: &str) -> bool {
    line.strip_prefix(name.as_bytes())
        .is_some_and(|rest| rest.first() == Some(&b':'))
}

fn names_somebody(line: &[u8]) -> bool {
    !matches!(line.first(), None | Some(b'#' | b'+' | b'-' | b':')) && line.contains(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_stays_to_the_byte() {
        let file = b"# by hand\nroot:x:0:0::/root:/bin/sh\n\nbroken\nj\xf6rg:x:1000:100::/:\n+::::::\n";
        let mut database = Database::parse(file);
        assert_eq!(database.to_bytes(), file);
        database.set("new", &[b"new".to_vec(), b"x".to_vec()]);
        assert_eq!(
            database.to_bytes(),
            b"# by hand\nroot:x:0:0::/root:/bin/sh\n\nbroken\nj\xf6rg:x:1000:100::/:\nnew:x\n+::::::\n"
        );
        database.remove("new");
        assert_eq!(database.to_bytes(), file);
    }

    #[test]
    fn a_name_that_only_begins_like_another_is_another() {
        let database = Database::parse(b"rootless:x:5\nroot:x:0");
        assert_eq!(database.fields("root").unwrap()[2], b"0");
        assert!(database.fields("roo").is_none());
    }

    #[test]
    fn an_empty_file_has_no_lines() {
        assert_eq!(Database::parse(b"").to_bytes(), b"");
        assert_eq!(Database::parse(b"\n").to_bytes(), b"");
    }
}
