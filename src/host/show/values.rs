//! Values of attribute trees as text: each as it stands in the plan or the script.

use tree::Tree;

/// The value at `path` of a tree, if there is one.
pub(super) fn at<'a>(tree: &'a Tree, path: &[&str]) -> Option<&'a Tree> {
    let found = path.iter().try_fold(tree, |tree, name| tree.attribute(name));
    found.filter(|tree| **tree != Tree::Null)
}

/// A value in words; a list has spaces between its elements.
pub(super) fn word(tree: &Tree) -> String {
    match tree {
        Tree::String(text) | Tree::Bare(text) | Tree::Path(text) => text.clone(),
        Tree::Int(number) => number.to_string(),
        Tree::Bool(value) => value.to_string(),
        Tree::List(elements) => elements.iter().map(word).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// The value at `path` in words, empty where there is none.
pub(super) fn words(tree: &Tree, path: &[&str]) -> String {
    at(tree, path).map_or_else(String::new, word)
}

/// The attributes of the set at `path` that are not `null`.
pub(super) fn entries<'a>(tree: &'a Tree, path: &[&str]) -> Vec<(&'a str, &'a Tree)> {
    let mut entries = Vec::new();
    if let Some(Tree::Attrs(attrs)) = at(tree, path) {
        for (name, value) in attrs {
            if *value != Tree::Null {
                entries.push((name.as_str(), value));
            }
        }
    }
    entries
}

/// Adds `rows` to `text` with their columns below each other.
pub(super) fn table(text: &mut String, rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for row in rows {
        let mut line = String::new();
        let mut wanted = 0;
        for (column, cell) in row.iter().enumerate() {
            while line.chars().count() < wanted {
                line.push(' ');
            }
            line.push_str(cell);
            wanted += width(column) + if width(column) > 0 { 2 } else { 0 };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
