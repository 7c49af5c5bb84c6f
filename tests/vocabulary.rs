//! What the words of a step and of a problem look like in text: scripts and messages depend on it.

use plan::problem::{AttrPath, Code};
use step::{MachineId, Mode};

#[test]
fn an_attribute_path_is_written_as_in_nix() {
    let path = AttrPath::default().name("files").name("/etc/motd").name("mode");
    assert_eq!(path.to_string(), r#"files."/etc/motd".mode"#);
    assert_eq!(
        AttrPath::default().name("init").name("command").index(0).to_string(),
        "init.command[0]"
    );
}

#[test]
fn a_code_has_three_digits() {
    assert_eq!(Code(7).to_string(), "MSI007");
}

#[test]
fn a_mode_is_three_or_four_octal_digits_and_nothing_else() {
    assert_eq!(serde_json::from_str::<Mode>(r#""1777""#).unwrap(), Mode(0o1777));
    assert_eq!(serde_json::to_string(&Mode(0o644)).unwrap(), r#""0644""#);
    for wrong in [
        r#""0o644""#,
        r#""+644""#,
        r#""64""#,
        r#""00644""#,
        r#""688""#,
        r#""""#,
        "420",
    ] {
        assert!(
            serde_json::from_str::<Mode>(wrong).is_err(),
            "{wrong} was taken for a mode"
        );
    }
}

#[test]
fn a_machine_id_is_32_lower_case_digits_or_a_word() {
    let id = "0123456789abcdef0123456789abcdef";
    assert_eq!(MachineId::try_from(id.to_owned()), Ok(MachineId::Id(id.to_owned())));
    for wrong in [&id[1..], &id.to_uppercase(), "Generate", ""] {
        assert!(
            MachineId::try_from(wrong.to_owned()).is_err(),
            "{wrong} was taken for a machine-id"
        );
    }
}
