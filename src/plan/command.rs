//! Commands: a program and its words.

use crate::text::Word;

/// A command: the absolute path of a program and its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command(pub Vec<Word>);
