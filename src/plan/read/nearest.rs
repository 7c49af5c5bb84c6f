//! Finds the known name that a misspelt one probably stands for.

/// Names longer than this are not compared: no attribute's is nearly as long.
const LONGEST: usize = 40;

/// The name in `known` that is nearest to `name`, if it is near enough.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = (length / 3).max(1);
    let lower = name.to_ascii_lowercase();
    known
        .map(|candidate| (distance(&lower, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be added, removed, replaced or swapped with their neighbour to make `b` of `a` (optimal
/// string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_its_name() {
        let known = ["hostName", "hooks", "users", "groups", "symlinks", "init"];
        for (slip, meant) in [
            ("hostname", "hostName"),
            ("user", "users"),
            ("simlinks", "symlinks"),
            ("inti", "init"),
            ("gruops", "groups"),
        ] {
            assert_eq!(nearest(slip, known.into_iter()), Some(meant), "{slip}");
        }
    }

    #[test]
    fn a_word_of_its_own_finds_none() {
        let known = ["hostName", "hooks", "users", "groups", "symlinks", "init"];
        for other in ["", "services", "boot", "x", &"users".repeat(20)] {
            assert_eq!(nearest(other, known.into_iter()), None, "{other}");
        }
    }
}
