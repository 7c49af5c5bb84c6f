//! The bootspec of a system (`boot.json`, RFC 125): what every boot loader reads of it.

use plan::Plan;
use plan::loaders::images;
use plan::read::Value;
use plan::text::Text;
use tree::Tree;

fn text(text: impl Into<String>) -> Tree {
    Tree::String(text.into())
}

fn set(attrs: Vec<(&str, Tree)>) -> Tree {
    Tree::Attrs(attrs.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect())
}

/// The bootspec of this system, version 1 of RFC 125. `None` where the menu starts another system: that one has a
/// bootspec of its own. A plan has no specialisations, so that `org.nixos.specialisation.v1` is empty.
pub fn bootspec(plan: &Plan, system: &str) -> Option<Tree> {
    let boot = plan.boot.as_ref()?;
    if boot.system.is_some() {
        return None;
    }
    let mut attrs = vec![("init", text(format!("{system}/init")))];
    match boot.initrd.as_ref().map_or(&[][..], |initrds| &initrds.0[..]) {
        [] => {}
        [one] => attrs.push(("initrd", text(one.text()))),
        // The specification has one file.
        _ => attrs.push(("initrd", text(format!("{system}/{}", images::INITRD)))),
    }
    attrs.push(("kernel", text(boot.kernel.as_ref()?.text())));
    attrs.push((
        "kernelParams",
        boot.kernel_params.as_ref().map_or(Tree::List(Vec::new()), Value::write),
    ));
    attrs.push(("label", text(boot.label.as_ref().map_or("", Text::text))));
    attrs.push(("system", text(plan.system.as_ref()?.text())));
    attrs.push(("toplevel", text(system)));
    Some(set(vec![
        ("org.nixos.bootspec.v1", set(attrs)),
        ("org.nixos.specialisation.v1", set(Vec::new())),
    ]))
}
