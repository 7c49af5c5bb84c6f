//! Hashed passwords, as a plan and the files that it names hold them.

/// Whether `text` can be the second field of shadow(5): a hash as crypt(5) has them (`$id$...`, `_` and 19 more as in BSD, DES's
/// 13), or `!` or `*` in front of nothing or of one of these, which locks the account.
pub fn is_hash(text: &str) -> bool {
    let hash = text.trim_start_matches(['!', '*']);
    let old = |len: usize| hash.len() == len && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b"./_".contains(&b));
    // Neither of them holds a colon, which would end the field of shadow(5).
    let modern = hash.starts_with('$') && hash.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    hash.is_empty() || modern || old(13) || hash.starts_with('_') && old(20)
}
