//! What Nix calls to build a derivation, and what the kernel calls to run the scripts that came of it.

use crate::programs;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// A folder where the runtime lies as in its store path.
struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        // A link: a file that was just written is busy while another test's child still has it open.
        symlink(programs::runtime(), folder.path().join("bin/system-installer-runtime")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn runtime(&self) -> PathBuf {
        self.path("bin/system-installer-runtime")
    }

    /// Builds `plan` at `out`.
    fn build(&self, plan: &str, out: &str) -> Output {
        self.build_for(plan, out, self.folder.path())
    }

    /// The same, with scripts for the runtime in the store path `runtime`.
    fn build_for(&self, plan: &str, out: &str, runtime: &Path) -> Output {
        fs::write(self.path("plan"), plan).unwrap();
        Command::new(programs::builder())
            .env_clear()
            .env("planPath", self.path("plan"))
            .env("out", self.path(out))
            .env("runtime", runtime)
            .output()
            .unwrap()
    }

    /// Builds the smallest plan with more in it.
    fn build_with(&self, more: Value) -> Output {
        self.build(&plan(more).to_string(), "out")
    }

    fn run(&self, script: &str, words: &[&str]) -> Output {
        let mut command = Command::new(self.path("out").join(script));
        command
            .args(words)
            .env_clear()
            .env("container", "test")
            .output()
            .unwrap()
    }
}

fn plan(more: Value) -> Value {
    let mut plan = json!({ "name": "test", "system": "x86_64-linux", "init": { "command": ["/usr/bin/env"] } });
    let Value::Object(more) = more else { panic!("not a set") };
    plan.as_object_mut().unwrap().extend(more);
    plan
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The status, and the one line on standard error.
fn refusal(output: &Output) -> (i32, String) {
    let error = text(&output.stderr);
    assert_eq!(error.matches('\n').count(), 1, "{error}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    (output.status.code().unwrap(), error.trim_end().to_owned())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_plan_gives_four_programs_and_the_plan() {
    let sandbox = Sandbox::new();
    let output = sandbox.build_with(json!({}));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let mut names: Vec<_> = fs::read_dir(sandbox.path("out"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["init", "plan.json", "post-init", "pre-boot", "pre-init"]);
    for name in names {
        let wanted = if name == "plan.json" { 0o444 } else { 0o555 };
        assert_eq!(mode(&sandbox.path("out").join(name)), wanted);
    }
}

#[test]
fn a_rebuild_gives_the_same_bytes() {
    let sandbox = Sandbox::new();
    let more = json!({
        "users": { "b": {}, "a": { "extraGroups": ["b", "tty"] } },
        "files": { "/z": { "text": "" }, "/a/b": { "text": "x" } },
    });
    let plan = plan(more).to_string();
    let read = || {
        assert!(sandbox.build(&plan, "out").status.success());
        let names = ["init", "plan.json", "post-init", "pre-boot", "pre-init"];
        let files = names.map(|name| fs::read(sandbox.path("out").join(name)).unwrap());
        fs::remove_dir_all(sandbox.path("out")).unwrap();
        files
    };
    assert_eq!(read(), read());
}

#[test]
fn a_hundred_thousand_entries_are_built() {
    let sandbox = Sandbox::new();
    let file = |n: usize| (format!("/srv/{}/{}/{n}", n / 10_000, n / 100), json!({ "text": "x" }));
    let files: serde_json::Map<String, Value> = (0..100_000).map(file).collect();
    assert!(sandbox.build_with(json!({ "files": files })).status.success());
    let json = fs::read(sandbox.path("out/plan.json")).unwrap();
    let plan: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(plan["directories"].as_object().unwrap().len(), 20 + 10 + 1000);
}

#[test]
fn every_problem_is_a_line_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let output = sandbox.build_with(json!({ "hostname": "x", "files": { "a": { "text": "" } } }));
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<String> = text(&output.stderr).lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "error: [MSI040] `files.a`: `a` is not an absolute path (hint: write `/a`)",
            "error: [MSI002] `hostname`: there is no such attribute (hint: did you mean `hostName`?)",
        ]
    );
    assert!(!sandbox.path("out").exists());
}

#[test]
fn the_plan_of_an_output_is_checked_shown_and_not_built() {
    let sandbox = Sandbox::new();
    let runtime = Path::new("/nix/store/00000000000000000000000000000000-runtime");
    let output = sandbox.build_for(&plan(json!({})).to_string(), "out", runtime);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let built = sandbox.path("out/plan.json");
    let checked = Command::new(programs::host())
        .arg("check")
        .arg(&built)
        .output()
        .unwrap();
    assert_eq!((checked.status.code(), text(&checked.stdout)), (Some(0), String::new()));
    let wanted = "error: [MSI027] `built`: this is the plan of an output, which lacks what only a build needs (hint: give the \
                  plan that the output was built from)";
    let output = sandbox.build(&fs::read_to_string(built).unwrap(), "again");
    assert_eq!(refusal(&output), (1, wanted.to_owned()));
}

#[test]
fn what_is_no_plan_at_all_is_told_in_one_line() {
    let sandbox = Sandbox::new();
    let at = sandbox.path("plan").display().to_string();
    for (plan, wanted) in [
        ("", format!("error: cannot read `{at}`: EOF while parsing a value at line 1 column 0")),
        ("[]", "error: [MSI001] the plan: expected an attribute set with `name`, `system` and `init.command`, but got a list".to_owned()),
    ] {
        assert_eq!(refusal(&sandbox.build(plan, "out")), (1, wanted));
    }
    let (status, error) = refusal(&sandbox.build(&"[".repeat(100_000), "out"));
    assert_eq!(status, 1);
    assert!(error.contains("recursion limit exceeded"), "{error}");
}

#[test]
fn the_builder_needs_what_a_derivation_gives_it() {
    let build = |variables: &[(&str, &str)]| {
        let mut command = Command::new(programs::builder());
        refusal(&command.env_clear().envs(variables.iter().copied()).output().unwrap())
    };
    assert_eq!(
        build(&[]),
        (
            1,
            "error: the environment variable `planPath` is not set as in a derivation of `mkSystemInstaller`"
                .to_owned()
        )
    );
    let all = [("planPath", "/does/not/exist"), ("out", "/x"), ("runtime", "/r")];
    let missing = "error: cannot read `/does/not/exist`: No such file or directory".to_owned();
    assert_eq!(build(&all), (1, missing));
    assert_eq!(build(&all[..2]).0, 1);
}

#[test]
fn an_output_that_is_there_already_is_left_alone() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("out")).unwrap();
    let out = sandbox.path("out").display().to_string();
    let wanted = format!("error: cannot create directory `{out}`: File exists");
    assert_eq!(refusal(&sandbox.build_with(json!({}))), (1, wanted));
}

#[test]
fn a_source_that_is_not_there_names_its_attribute() {
    let sandbox = Sandbox::new();
    let source = "/nix/store/00000000000000000000000000000000-not-there";
    let output = sandbox.build_with(json!({ "files": { "/a": { "source": source } } }));
    let wanted = format!("error: `files.\"/a\".source`: cannot look at `{source}`: No such file or directory");
    assert_eq!(refusal(&output), (1, wanted));
}

#[test]
fn a_long_path_of_the_runtime_is_refused_when_it_is_built() {
    let sandbox = Sandbox::new();
    let runtime = format!("/nix/store/00000000000000000000000000000000-{}", "x".repeat(80));
    let (status, error) = refusal(&sandbox.build_for(&plan(json!({})).to_string(), "out", Path::new(&runtime)));
    assert_eq!(status, 1);
    assert!(error.contains("and Linux before 5.1 takes 127"), "{error}");
    assert!(!sandbox.path("out").exists());
}

#[test]
fn post_init_becomes_the_command_in_its_own_environment_and_the_plans() {
    let sandbox = Sandbox::new();
    let init = json!({ "command": ["/usr/bin/env", "-0"], "environment": { "A": "b c", "container": "plan" } });
    assert!(sandbox.build_with(json!({ "init": init })).status.success());
    let output = sandbox.run("post-init", &[]);
    let mut variables: Vec<_> = text(&output.stdout).split_terminator('\0').map(str::to_owned).collect();
    variables.sort();
    assert_eq!(variables, ["A=b c", "container=plan"]);
}

#[test]
fn post_init_hands_on_every_word_behind_the_commands_own() {
    let sandbox = Sandbox::new();
    let init = json!({ "command": ["/usr/bin/printf", "<%s>", "a b"] });
    assert!(sandbox.build_with(json!({ "init": init })).status.success());
    let output = sandbox.run("post-init", &["single", "--prefix=/x", "", "--help"]);
    assert_eq!(text(&output.stdout), "<a b><single><--prefix=/x><><--help>");
}

#[test]
fn a_command_that_cannot_be_executed_is_named() {
    let sandbox = Sandbox::new();
    assert!(
        sandbox
            .build_with(json!({ "init": { "command": ["/does/not/exist"] } }))
            .status
            .success()
    );
    let wanted = "error: cannot execute `/does/not/exist`: No such file or directory".to_owned();
    assert_eq!(refusal(&sandbox.run("post-init", &[])), (1, wanted));
}

#[test]
fn pre_boot_of_a_plan_without_boot_has_nothing_to_do_and_nothing_to_override() {
    let sandbox = Sandbox::new();
    assert!(sandbox.build_with(json!({})).status.success());
    for words in [
        &[][..],
        &["--dry-run"],
        &["/nix/store/x", "--prefix=/mnt", "--profile", "/p"],
    ] {
        let output = sandbox.run("pre-boot", words);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(
            text(&output.stdout),
            "nothing to install: the plan of `test` has no boot loader\n"
        );
    }
    let json: Value = serde_json::from_slice(&sandbox.run("pre-boot", &["--json"]).stdout).unwrap();
    assert_eq!(json["steps"], json!([]));
    for option in [
        "--override-grub-device=disk.img",
        "--override-efi-sys-mount-point=/boot",
    ] {
        let (status, error) = refusal(&sandbox.run("pre-boot", &["--dry-run", option]));
        assert_eq!(status, 2);
        assert!(error.contains("`boot.loader`"), "{error}");
    }
}

#[test]
fn pre_init_works_beneath_its_prefix_through_any_link_to_the_script() {
    let sandbox = Sandbox::new();
    assert!(
        sandbox
            .build_with(json!({ "files": { "/x/y": { "text": "z" } } }))
            .status
            .success()
    );
    fs::create_dir(sandbox.path("root")).unwrap();
    symlink(sandbox.path("out/pre-init"), sandbox.path("link")).unwrap();
    let prefix = format!("--prefix={}", sandbox.path("root").display());
    let run = |words: &[&str]| {
        Command::new(sandbox.path("link"))
            .args(words)
            .current_dir("/")
            .output()
            .unwrap()
    };
    let output = run(&[&prefix, "--dry-run"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(fs::read_dir(sandbox.path("root")).unwrap().count(), 0);
    let output = run(&[&prefix, "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["outcome"], "initialised");
    assert_eq!(fs::read_to_string(sandbox.path("root/x/y")).unwrap(), "z");
}

#[test]
fn wrong_usage_is_status_2_and_one_line() {
    let sandbox = Sandbox::new();
    assert!(sandbox.build_with(json!({})).status.success());
    for words in [&["--prefix"][..], &["--prefix="], &["--perfix=/x"], &["x"], &["-x"]] {
        assert_eq!(refusal(&sandbox.run("pre-init", words)).0, 2, "{words:?}");
    }
    assert_eq!(refusal(&sandbox.run("pre-boot", &["a", "b"])).0, 2);
    for words in [&[][..], &["pre-init"], &["start", "x"]] {
        let output = Command::new(sandbox.runtime()).args(words).output().unwrap();
        assert_eq!(refusal(&output).0, 2, "{words:?}");
    }
}

#[test]
fn every_step_answers_help_and_version() {
    let sandbox = Sandbox::new();
    assert!(sandbox.build_with(json!({})).status.success());
    let version = format!("system-installer-runtime {}\n", tree::VERSION);
    for script in ["pre-init", "post-init", "init", "pre-boot"] {
        let output = sandbox.run(script, &["--help"]);
        assert!(output.status.success());
        assert!(
            text(&output.stdout).contains(&format!("usage: {script}")),
            "{}",
            text(&output.stdout)
        );
        assert_eq!(text(&sandbox.run(script, &["--version"]).stdout), version);
    }
}

#[test]
fn a_script_for_another_runtime_is_one_clear_error() {
    let sandbox = Sandbox::new();
    assert!(sandbox.build_with(json!({})).status.success());
    let script = sandbox.path("out/pre-boot");
    let newer = fs::read_to_string(&script)
        .unwrap()
        .replace("\"format\": 1", "\"format\": 2, \"loader\": {}");
    let path = sandbox.path("newer");
    fs::write(&path, newer).unwrap();
    let run =
        |step: &str, script: &Path| refusal(&Command::new(sandbox.runtime()).arg(step).arg(script).output().unwrap());
    let (status, error) = run("pre-boot", &path);
    assert_eq!(status, 1);
    assert!(error.contains("its format is 2"), "{error}");
    assert_eq!(run("pre-init", &script).0, 1);
    assert_eq!(run("pre-init", Path::new("/bin/sh")).0, 1);
    assert_eq!(run("pre-init", Path::new("/does/not/exist")).0, 1);
}

#[test]
fn a_steps_help_needs_no_script() {
    let sandbox = Sandbox::new();
    assert!(sandbox.build_with(json!({})).status.success());
    for step in ["pre-init", "post-init", "init", "pre-boot"] {
        for (word, wanted) in [
            ("--help", text(&sandbox.run(step, &["--help"]).stdout)),
            ("--version", text(&sandbox.run(step, &["--version"]).stdout)),
        ] {
            let output = Command::new(sandbox.runtime()).args([step, word]).output().unwrap();
            assert_eq!(text(&output.stderr), "");
            assert_eq!(output.status.code(), Some(0));
            assert_eq!(text(&output.stdout), wanted);
            assert!(!wanted.is_empty());
        }
    }
}

#[test]
fn a_warning_is_a_line_and_the_build_goes_on() {
    let sandbox = Sandbox::new();
    let output = sandbox.build_with(json!({ "users": { "a": { "hashedPassword": "!$6$salt$hash" } } }));
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(
        said.starts_with("warning: [MSI069] `users.a.hashedPassword`: the hash is in"),
        "{said}"
    );
    assert_eq!(said.matches('\n').count(), 1, "{said}");
    assert!(sandbox.path("out/init").exists());
}

#[test]
fn check_tells_problems_by_json_pointer_and_by_its_status() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("plan.json");
    let check = |more: Value, words: &[&str]| {
        fs::write(&path, plan(more).to_string()).unwrap();
        let output = Command::new(programs::host())
            .arg("check")
            .arg(&path)
            .args(words)
            .output()
            .unwrap();
        assert_eq!(text(&output.stderr), "");
        (output.status.code().unwrap(), text(&output.stdout))
    };
    assert_eq!(check(json!({}), &[]), (0, String::new()));
    assert_eq!(check(json!({}), &["--json"]), (0, "[]\n".to_owned()));
    let wrong =
        json!({ "files": { "/a~b": { "text": "", "mode": 644 } }, "users": { "a": { "hashedPassword": "$6$a$b" } } });
    let (status, said) = check(wrong.clone(), &[]);
    assert_eq!(status, 1);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[0],
        "error: [MSI001] `/files/~1a~0b/mode`: expected a mode in a string, but got the integer `644` (hint: quote it: \
         `\"0644\"`)"
    );
    assert!(
        lines[1].starts_with("warning: [MSI069] `/users/a/hashedPassword`: "),
        "{said}"
    );
    assert_eq!(lines.len(), 2);
    let (status, said) = check(wrong, &["--json"]);
    assert_eq!(status, 1);
    let told: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        told[0],
        json!({
            "code": "MSI001",
            "severity": "error",
            "pointer": "/files/~1a~0b/mode",
            "message": "expected a mode in a string, but got the integer `644`",
            "hint": "quote it: `\"0644\"`",
        })
    );
    assert_eq!(told[1]["severity"], "warning");
    // A warning alone is no failure.
    assert_eq!(
        check(json!({ "users": { "a": { "hashedPassword": "$6$a$b" } } }), &[]).0,
        0
    );
    // What is no plan in JSON, and a call without one.
    fs::write(&path, "{").unwrap();
    let run = |words: &[&str]| Command::new(programs::host()).args(words).output().unwrap();
    let (status, error) = refusal(&run(&["check", path.to_str().unwrap()]));
    assert!(status == 1 && error.starts_with("error: cannot read `"), "{error}");
    assert_eq!(run(&["check"]).status.code(), Some(2));
    assert_eq!(run(&["check", "a", "b"]).status.code(), Some(2));
}
