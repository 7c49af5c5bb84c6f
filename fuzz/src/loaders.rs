//! What two of the boot loaders read: `grub.cfg` and the entries of systemd-boot.

use boot::loaders::grub::cfg::{self, Item};
use boot::loaders::systemd_boot::entry::{self, LoaderEntry};

use super::grub_language;

/// A menu is refused, or reads back by the loader's own rules as it was meant, and the kernel gets the parameters that it
/// was to get. Nothing that a plan or a generation says becomes a command, an option or a further line.
///
/// The input: the title, the kernel, the initrds, the parameters, the sort key and the version; within a part, byte 0xFE
/// stands between elements.
pub fn run(data: &[u8]) {
    let [title, kernel, initrds, params, sort_key, version] = super::parts(data);
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let list = |part: &[u8]| match part {
        [] => Vec::new(),
        part => part.split(|byte| *byte == 0xFE).map(text).collect::<Vec<_>>(),
    };
    let (title, kernel, initrds, params) = (text(title), text(kernel), list(initrds), list(params));
    check_grub(&Item::Entry {
        title: title.clone(),
        kernel: kernel.clone(),
        initrds: initrds.clone(),
        params: params.clone(),
    });
    check_systemd_boot(&LoaderEntry {
        title,
        sort_key: text(sort_key),
        version: text(version),
        linux: kernel,
        initrds,
        options: params,
    });
}

fn check_grub(item: &Item) {
    let submenu = Item::Submenu {
        title: "All".to_owned(),
        items: vec![item.clone()],
    };
    for item in [item, &submenu] {
        let Ok(written) = cfg::write_item(item, 0) else {
            return;
        };
        assert!(!written.chars().any(|c| c.is_control() && c != '\n'), "{written:?}");
        let read = grub_language::commands(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
        let mut meant = Vec::new();
        grub_language::expected(std::slice::from_ref(item), &mut meant);
        assert_eq!(read, meant, "{written}");
    }
    let Item::Entry { params, .. } = item else { return };
    let words: Vec<String> = params
        .iter()
        .flat_map(|param| step::kernel_parameter::words(param).expect("it was written"))
        .collect();
    assert_eq!(
        arguments(&grub_language::command_line(&words)),
        arguments(&params.join(" ")),
        "the kernel gets something else of {params:?} from GRUB"
    );
}

fn check_systemd_boot(entry: &LoaderEntry) {
    let Ok(written) = entry::write(entry) else {
        return;
    };
    let mut expected = vec![
        ("title", entry.title.clone()),
        ("sort-key", entry.sort_key.clone()),
        ("version", entry.version.clone()),
        ("linux", entry.linux.clone()),
    ];
    expected.extend(entry.initrds.iter().map(|initrd| ("initrd", initrd.clone())));
    let options = entry.options.join(" ").trim_matches(' ').to_owned();
    if !options.is_empty() {
        expected.push(("options", options));
    }
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    assert_eq!(settings(&written), expected, "{written}");
}

/// What systemd-boot reads: `line_get_key_value` in its `src/boot/efi/util.c`.
fn settings(text: &str) -> Vec<(String, String)> {
    let is_blank = |c| c == ' ' || c == '\t';
    let mut settings = Vec::new();
    for line in text.split(['\n', '\r']) {
        let line = line.trim_matches(is_blank);
        let Some((key, value)) = line.split_once(is_blank).filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let value = value.trim_start_matches(is_blank);
        let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        settings.push((key.to_owned(), unquoted.unwrap_or(value).to_owned()));
    }
    settings
}

/// What the kernel makes of its command line: names and values, by `next_arg` in its `lib/cmdline.c`. It reads bytes and
/// takes Latin-1's no-break space for a space.
fn arguments(line: &str) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let is_space = |byte: u8| matches!(byte, 9..=13 | b' ' | 0xA0);
    let mut rest = line.as_bytes();
    let mut arguments = Vec::new();
    loop {
        let start = rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len());
        rest = &rest[start..];
        if rest.is_empty() {
            return arguments;
        }
        let quoted = rest[0] == b'"';
        let (mut in_quotes, mut equals) = (quoted, None);
        let body = &rest[usize::from(quoted)..];
        let mut end = body.len();
        for (at, byte) in body.iter().enumerate() {
            if is_space(*byte) && !in_quotes {
                end = at;
                break;
            }
            if *byte == b'=' && at > 0 && equals.is_none() {
                equals = Some(at);
            }
            in_quotes ^= *byte == b'"';
        }
        let argument = &body[..end];
        let strip = |text: &[u8]| text.strip_suffix(b"\"").unwrap_or(text).to_vec();
        let (name, value) = match equals {
            Some(at) => (&argument[..at], Some(&argument[at + 1..])),
            None => (argument, None),
        };
        let value = value.map(|value| match value.strip_prefix(b"\"") {
            Some(value) => strip(value),
            None if quoted => strip(value),
            None => value.to_vec(),
        });
        let name = if quoted && value.is_none() {
            strip(name)
        } else {
            name.to_vec()
        };
        if !name.is_empty() {
            arguments.push((name, value));
        }
        rest = &body[end..];
    }
}
