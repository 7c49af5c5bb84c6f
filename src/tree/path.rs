//! Paths as plans and steps write them: absolute, and in their shortest form.

/// The directory of Nix's store on the target.
pub const STORE_DIR: &str = "/nix/store";

/// The rest of `path` behind the directory `top`, with its slash. It is empty if both are the same; `None` if `path`
/// does not lie in `top`.
pub fn beneath<'a>(top: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(top.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The directories that `path` lies in, nearest first, without `/`.
pub fn parents(path: &str) -> impl Iterator<Item = &str> {
    let up = |path: &str| path.rfind('/').filter(|end| *end > 0);
    let mut path = path;
    std::iter::from_fn(move || {
        path = path.get(..up(path)?)?;
        Some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_nearest_first_and_end_below_the_root() {
        assert_eq!(parents("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a"]);
        assert_eq!(parents("/a").count(), 0);
        assert_eq!(parents("/").count(), 0);
    }
}
