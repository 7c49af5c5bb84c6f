//! The vocabulary: plain types, one file per section.

pub mod step;
