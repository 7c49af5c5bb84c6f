//! Paths as plans and steps write them: absolute, in their shortest form.

/// Where Nix keeps its store on the target.
pub const STORE_DIR: &str = "/nix/store";

/// What follows the directory `top` in `path`: nothing where that is `top` itself, a slash and the rest where it lies in it.
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
