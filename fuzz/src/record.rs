//! The record of a prefix and its journal, as a disk may give them back.

use runtime::pre_init::record::{Journal, Record};

/// Any bytes are a record or an error; what is read is written and read again the same. The journal alike.
pub fn run(data: &[u8]) {
    if let Ok(record) = Record::parse(data) {
        let bytes = serde_json::to_vec(&record).expect("a record is JSON");
        assert_eq!(Record::parse(&bytes), Ok(record));
    }
    if let Ok(journal) = Journal::parse(data) {
        let bytes = serde_json::to_vec(&journal).expect("a journal is JSON");
        assert_eq!(Journal::parse(&bytes), Ok(journal));
    }
}
