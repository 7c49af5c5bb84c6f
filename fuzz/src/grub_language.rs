//! GRUB's script language, as far as a `grub.cfg` of ours uses it, by the rules of its manual ("Shell-like scripting"), and
//! what becomes of a kernel's parameters. `tests/menu` reads with it too.

use boot::loaders::grub::cfg::Item;

/// Splits commands into words: `Err` for anything but words and whole-word quotes that end.
///
/// # Errors
/// The text is something else.
pub fn commands(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_with(String::new);
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err("a quote does not end".to_owned()),
                    }
                }
            }
            '\\' => word
                .get_or_insert_with(String::new)
                .push(chars.next().ok_or("a backslash at the end")?),
            ' ' | '\t' | '\n' | ';' => {
                commands.last_mut().expect("there is one").extend(word.take());
                if c == '\n' || c == ';' {
                    commands.push(Vec::new());
                }
            }
            '#' if word.is_none() => {
                for c in chars.by_ref() {
                    if c == '\n' {
                        break;
                    }
                }
            }
            '$' | '"' | '&' | '|' | '<' | '>' => return Err(format!("`{c}` stands unquoted")),
            c => word.get_or_insert_with(String::new).push(c),
        }
    }
    commands.last_mut().expect("there is one").extend(word);
    commands.retain(|command| !command.is_empty());
    Ok(commands)
}

/// What [`commands`] should give for `items`, which can be written.
pub fn expected(items: &[Item], into: &mut Vec<Vec<String>>) {
    let own = |text: &str| text.to_owned();
    for item in items {
        match item {
            Item::Entry {
                title,
                kernel,
                initrds,
                params,
            } => {
                into.push(vec![own("menuentry"), title.clone(), own("{")]);
                let words = params
                    .iter()
                    .flat_map(|param| step::kernel_parameter::words(param).unwrap_or_default());
                into.push([own("linux"), kernel.clone()].into_iter().chain(words).collect());
                if !initrds.is_empty() {
                    into.push([own("initrd")].into_iter().chain(initrds.clone()).collect());
                }
            }
            Item::Submenu { title, items } => {
                into.push(vec![own("submenu"), title.clone(), own("{")]);
                expected(items, into);
            }
        }
        into.push(vec![own("}")]);
    }
}

/// The command line that GRUB makes of the words behind the kernel's path: `grub_create_loader_cmdline` in its
/// `grub-core/lib/cmdline.c`, as of 2.06.
#[must_use]
pub fn command_line(words: &[String]) -> String {
    let mut line = String::new();
    for word in words {
        let quote = if word.contains(' ') { "\"" } else { "" };
        line += quote;
        for c in word.chars() {
            if matches!(c, '\\' | '\'' | '"') {
                line.push('\\');
            }
            line.push(c);
        }
        line += quote;
        line.push(' ');
    }
    line.pop();
    line
}
