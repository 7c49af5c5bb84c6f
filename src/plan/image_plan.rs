//! What the image of a disk is made of: the plan's sections `disks` and `image`, read without the others.
//!
//! A builder of images has the plan of a system that is built already, and settings of the image that come from elsewhere: so
//! what the other sections say is no matter here.

use crate::problem::Problem;
use crate::read::{Reader, Value};
use crate::text::DeviceName;
use crate::{Disk, Image, Named, Plan, fill};
use tree::Tree;

/// The two sections, with every default filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImagePlan {
    /// The disks, by name.
    pub disks: Named<DeviceName, Disk>,
    /// How their images are made.
    pub image: Image,
}

/// Reads the attribute `disks` of the attribute set `plan`, and `image` as the section of that name. Whatever else `plan` has
/// is not looked at.
///
/// # Errors
/// Every problem of the two, with its path in the plan.
pub fn read_image_plan(plan: &Tree, image: &Tree) -> Result<ImagePlan, Vec<Problem>> {
    let mut reader = Reader::default();
    let disks = section(plan.attribute("disks"), "disks", &mut reader);
    let image: Image = section(Some(image), "image", &mut reader).unwrap_or_default();
    let problems = reader.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    let filled = fill::fill(&Plan {
        disks,
        image: Some(image),
        ..Plan::default()
    });
    Ok(ImagePlan {
        disks: filled.disks.unwrap_or_default(),
        image: filled.image.unwrap_or_default(),
    })
}

/// The section `name`; `None` where it is left out, is `null`, or cannot be read.
fn section<T: Value>(tree: Option<&Tree>, name: &str, reader: &mut Reader) -> Option<T> {
    let tree = tree.filter(|tree| **tree != Tree::Null)?;
    reader.at_name(name, |reader| T::read(tree, reader))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn tree(json: &str) -> Tree {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn both_sections_are_filled_and_no_other_one_is_needed() {
        let plan = tree(r#"{ "name": 5, "disks": { "main": { "device": "/dev/vda" }, "none": null } }"#);
        let read = read_image_plan(&plan, &tree(r#"{ "size": "2G" }"#)).unwrap();
        let names: Vec<&str> = read.disks.present().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["main"]);
        let main = read.disks.get("main").unwrap();
        assert_eq!(main.image_name.as_ref().map(Text::text), Some("main"));
        assert_eq!(read.image.size.as_ref().map(Text::text), Some("2G"));
        assert_eq!(read.image.free_space.as_ref().map(Text::text), Some("512M"));
    }

    #[test]
    fn what_is_left_out_or_null_is_as_good_as_empty() {
        for plan in ["{}", r#"{ "disks": null }"#] {
            let read = read_image_plan(&tree(plan), &tree("null")).unwrap();
            assert_eq!(read.disks.present().count(), 0);
            assert!(read.image.format.is_some());
        }
    }

    #[test]
    fn every_problem_of_both_is_told_with_its_path() {
        let plan = tree(r#"{ "disks": { "main": {} } }"#);
        let problems = read_image_plan(&plan, &tree(r#"{ "format": "vmdk" }"#)).unwrap_err();
        let paths: Vec<String> = problems.iter().map(|problem| problem.path.to_string()).collect();
        assert_eq!(paths, ["disks.main.device", "image.format"]);
    }
}
