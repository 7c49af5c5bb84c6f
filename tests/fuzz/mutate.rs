//! Changes inputs: bytes and bits, numbers that stand at an edge, words that occur elsewhere, parts taken away, doubled and
//! exchanged. The same seed gives the same changes.

/// What overflows, ends or escapes.
const WORDS: [&[u8]; 40] = [
    b"\0",
    b"\n",
    b"\r",
    b"\t",
    b" ",
    b"\"",
    b"'",
    b"\\",
    b":",
    b"=",
    b",",
    b"#",
    b"+",
    b"-",
    b"/",
    b"..",
    b"$(x)",
    b"`x`",
    b"${x}",
    b"%n",
    b";",
    b"\x1b[2J",
    b"\xc2\xa0",
    b"\xc3\xa0",
    b"\xff",
    b"\xfe",
    b"null",
    b"true",
    b"1e999",
    b"-1",
    b"0",
    b"65535",
    b"4294967295",
    b"9223372036854775807",
    b"18446744073709551616",
    b"{}",
    b"[]",
    b"\\u0000",
    b"\\ud800",
    b"\xe2\x80\xa8",
];
const NUMBERS: [u64; 8] = [0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, u64::MAX];
/// Larger ones are slow and no different.
const LARGEST: usize = 1 << 17;

/// A source of changes.
pub struct Mutator {
    state: u64,
    /// Pieces of the corpus.
    words: Vec<Vec<u8>>,
}

impl Mutator {
    /// One that knows the words of `corpus`.
    pub fn new(seed: u64, corpus: &[(String, Vec<u8>)]) -> Self {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let mut words: Vec<Vec<u8>> = corpus
            .iter()
            .flat_map(|(_, input)| input.split(|byte| !is_word(byte)))
            .filter(|word| (2..40).contains(&word.len()))
            .map(<[u8]>::to_vec)
            .collect();
        words.sort();
        words.dedup();
        words.extend(WORDS.map(<[u8]>::to_vec));
        Self { state: seed | 1, words }
    }

    /// A number below `limit`, which is not 0 (xorshift64*).
    pub fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap_or_default() % limit
    }

    /// One of `all`.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// `input` with one change.
    pub fn change(&mut self, input: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        let at = self.below(bytes.len() + 1);
        let end = at + self.below((bytes.len() - at).min(64) + 1);
        match self.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).unwrap_or_default(),
            2 => drop(bytes.drain(at..end)),
            3 if bytes.len() < LARGEST => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let to = self.below(bytes.len() + 1);
                let piece: Vec<u8> = bytes.drain(at..end).collect();
                let to = to.min(bytes.len());
                bytes.splice(to..to, piece);
            }
            5 => {
                let width = 1 << self.below(4);
                let number = NUMBERS[self.below(NUMBERS.len())].wrapping_sub(self.below(3) as u64);
                if let Some(field) = bytes.get_mut(at..at + width) {
                    field.copy_from_slice(&number.to_le_bytes()[..width]);
                }
            }
            6 => bytes.truncate(at),
            7 if bytes.len() < LARGEST => {
                let word = self.below(self.words.len());
                bytes.splice(at..at, self.words[word].iter().copied());
            }
            _ => {
                let word = self.below(self.words.len());
                bytes.splice(at..end.min(at + 8), self.words[word].iter().copied());
            }
        }
        bytes
    }
}
