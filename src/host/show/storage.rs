//! Draws disks and their partitions, as a plan or the description of an image has them, and file systems.

use super::values::{at, entries, table, word, words};
use tree::Tree;

/// The disks of a plan.
pub(super) fn disks(text: &mut String, plan: &Tree) {
    for (name, disk) in entries(plan, &["disks"]) {
        let [kind, mount_points] = content(disk);
        let line = format!("\ndisk {name}  {}  {kind}  {mount_points}", words(disk, &["device"]));
        *text = format!("{text}{}\n", line.trim_end());
        let (mut rows, mut priorities) = (Vec::new(), Vec::new());
        for (name, partition) in entries(disk, &["content", "partitions"]) {
            let (size, kind) = (words(partition, &["size"]), words(partition, &["type"]));
            let mut row = vec![name.to_owned(), size, kind];
            row.extend(content(partition));
            // In the order of the layout: by priority, then by name.
            let priority = match at(partition, &["priority"]) {
                Some(Tree::Int(priority)) => *priority,
                _ => 1000,
            };
            let index = priorities.partition_point(|other| *other <= priority);
            priorities.insert(index, priority);
            rows.insert(index, row);
        }
        draw(text, rows);
    }
}

/// What is in a partition, and where it is mounted.
fn content(partition: &Tree) -> [String; 2] {
    let (mut kinds, mut mount_points) = (String::new(), String::new());
    let mut outer = partition;
    // A content may hold another one: an encrypted volume holds a file system.
    while let Some(content) = at(outer, &["content"]) {
        let kind = at(content, &["format"]).or_else(|| at(content, &["type"]));
        add(&mut kinds, " > ", &kind.map_or_else(String::new, word));
        add(&mut mount_points, " ", &words(content, &["mountpoint"]));
        for (_, subvolume) in entries(content, &["subvolumes"]) {
            add(&mut mount_points, " ", &words(subvolume, &["mountpoint"]));
        }
        outer = content;
    }
    [kinds, mount_points]
}

/// Adds `more` to a list, if it is something.
fn add(list: &mut String, between: &str, more: &str) {
    if !list.is_empty() && !more.is_empty() {
        list.push_str(between);
    }
    list.push_str(more);
}

/// The disks of an image, as its builder laid them out.
pub(super) fn image(text: &mut String, image: &Tree) {
    let Some(Tree::List(disks)) = at(image, &["disks"]) else {
        return;
    };
    for disk in disks {
        let (name, file) = (words(disk, &["name"]), words(disk, &["file"]));
        let size = at(disk, &["size"]).map_or_else(String::new, bytes);
        *text = format!("{text}\ndisk {name}  {file}  {}  {size}\n", words(disk, &["table"]));
        let mut rows = Vec::new();
        if let Some(Tree::List(partitions)) = at(disk, &["partitions"]) {
            for partition in partitions {
                let size_of = |name| at(partition, &[name]).map_or_else(String::new, bytes);
                let mut row = vec![
                    words(partition, &["name"]),
                    format!("at {}", size_of("offset")),
                    size_of("size"),
                    words(partition, &["type"]),
                ];
                row.extend(content(partition));
                rows.push(row);
            }
        }
        draw(text, rows);
    }
}

/// Partitions as branches of their disk.
fn draw(text: &mut String, mut rows: Vec<Vec<String>>) {
    let last = rows.len().saturating_sub(1);
    for (number, row) in rows.iter_mut().enumerate() {
        let branch = if number == last { "└─ " } else { "├─ " };
        row[0].insert_str(0, branch);
    }
    table(text, &rows);
}

/// The file systems of a plan.
pub(super) fn file_systems(text: &mut String, plan: &Tree) {
    let mut rows = Vec::new();
    for (mount_point, file_system) in entries(plan, &["fileSystems"]) {
        let kind = words(file_system, &["fsType"]);
        let options = words(file_system, &["options"]).replace(' ', ",");
        let device = words(file_system, &["device"]);
        rows.push(vec![format!("  {mount_point}"), device, kind, options]);
    }
    if !rows.is_empty() {
        text.push_str("\nfile systems\n");
        table(text, &rows);
    }
}

/// A number of bytes in the largest unit that it has one of, with one digit behind the point where that does not divide it.
fn bytes(tree: &Tree) -> String {
    let Tree::Int(bytes) = *tree else { return word(tree) };
    let mut unit = 0;
    while unit < 4 && bytes >> (10 * (unit + 1)) > 0 {
        unit += 1;
    }
    let (value, name) = (bytes >> (10 * unit), ["B", "K", "M", "G", "T"][unit]);
    match bytes - (value << (10 * unit)) {
        0 => format!("{value}{name}"),
        rest => format!("{value}.{}{name}", (rest * 10) >> (10 * unit)),
    }
}
