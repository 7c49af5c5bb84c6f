//! The command line: the commands and their options, declared once for parser and help, and the status that a call ends with.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use image::format::ImageFormat;
use image::formats;
use plan::text::{ByteSize, ImageSize, Text};
use runtime::pre_boot;
use tree::errno::io_text;
use tree::printable::printable_lines;

use crate::failure::Failure;
use crate::{builder, check, install, install_image, show};

/// Looks at plans, systems and images, and installs systems.
///
/// Status 0: done, or nothing to do; 1: failed, or something is wrong; 2: wrong usage.
#[derive(Debug, Parser)]
#[command(name = "system-installer", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell what is wrong with a plan in a JSON file
    Check(Check),
    /// Draw a system, an image, a script or a plan
    Show(Show),
    /// Install a system onto mounted file systems, or into the image of a disk
    Install(Install),
    /// Run the step `pre-init` of a script: initialise the file system beneath a prefix
    #[command(disable_help_flag = true)]
    PreInit(Step),
    /// Run the step `pre-boot` of a script: install its boot loader
    #[command(disable_help_flag = true)]
    PreBoot(Step),
    /// Make a disk image, as the builder of a derivation `.image`
    Image,
    /// Make a tarball and an OCI layout, as the builder of a derivation `.tarball`
    Tarball,
    /// Tell by the status whether the kernel lets this process have namespaces
    #[command(name = builder::TRY_NAMESPACES, hide = true)]
    TryNamespaces,
}

/// Tell what is wrong with a plan in a JSON file, with JSON pointers for places.
#[derive(Debug, Args)]
struct Check {
    /// The plan; `-` is the standard input
    plan: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Draw what there is: disks and what is in their partitions, file systems, the way from the firmware to `init.command`, and
/// what each script does.
#[derive(Debug, Args)]
struct Show {
    /// The output of a system or of an image, a script, or a plan in JSON
    path: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Install a system of this machine's store on file systems that are mounted beneath a prefix: copy its closure there with the
/// Nix of this machine, make it the newest generation, and run its `pre-init` and `pre-boot`. Or make the image of the plan's
/// one disk.
#[derive(Debug, Args)]
struct Install {
    /// A store path, a link to it (`result`), or its `init`
    system: PathBuf,
    /// Where its file systems are mounted; not /
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "image",
        conflicts_with = "image"
    )]
    prefix: Option<PathBuf>,
    /// A new file, or one with nothing but zeros in it, as large as the disk shall be
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Do without file systems of the plan that are not mounted at DIR, and take a disk that holds nothing of DIR or something
    /// else that is mounted; replace a FILE with data in it
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    prefix_options: PrefixOptions,
    #[command(flatten)]
    image_options: ImageOptions,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "With --prefix")]
struct PrefixOptions {
    /// Take over a root that someone else set up, and keep every file in it
    #[arg(long, conflicts_with = "image")]
    adopt: bool,
    /// Install GRUB there and nowhere else; several give mirrored boot
    #[arg(long, value_name = "DEVICE|FILE", conflicts_with = "image")]
    override_grub_device: Vec<PathBuf>,
    /// Where the EFI system partition is mounted
    #[arg(long, value_name = "DIR", conflicts_with = "image")]
    override_efi_sys_mount_point: Option<PathBuf>,
    /// Print what would be done, and change nothing
    #[arg(long, conflicts_with = "image")]
    dry_run: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "With --image (mkfs.ext4 and mkfs.erofs are those on the PATH)")]
struct ImageOptions {
    /// How the file is written [default: by its ending, else raw]
    #[arg(long, conflicts_with = "prefix", value_parser = PossibleValuesParser::new(formats::names()))]
    format: Option<String>,
    /// The size of the disk, as 20G [default: as large as it has to be]
    #[arg(long, conflicts_with = "prefix", value_parser = parsed_as::<ImageSize>)]
    size: Option<String>,
    /// How much room the last partition has left over [default: 512M]
    #[arg(long, value_name = "SIZE", conflicts_with = "prefix", value_parser = parsed_as::<ByteSize>)]
    free_space: Option<String>,
}

/// A step of a script, by this program in place of the interpreter that the script names: for a script of another architecture.
/// `--help` behind it tells the step's options.
#[derive(Debug, Args)]
struct Step {
    /// The script, and the options of its step
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required = true,
        value_name = "SCRIPT"
    )]
    words: Vec<OsString>,
}

/// Runs the command that this process was called with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // If nobody reads it, there is nobody left to report that to.
            let _ = error.print();
            return ExitCode::from(if is_answer { 0 } else { 2 });
        }
    };
    let (status, message) = match run(cli.command) {
        Ok(status) => return status,
        Err(Failure::AlreadyTold) => return ExitCode::from(1),
        Err(Failure::Failed(message)) => (1, message),
        Err(Failure::Usage(message)) => (2, format!("{message} (try `--help`)")),
    };
    let _ = writeln!(io::stderr(), "error: {}", printable_lines(&message));
    ExitCode::from(status)
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Check(options) => check(&options),
        Command::Show(options) => show(&options),
        Command::Install(options) => match options.image.clone() {
            Some(image) => install_image(options, image),
            None => install(options),
        },
        Command::PreInit(step) => return Ok(run_step("pre-init", step)),
        Command::PreBoot(step) => return Ok(run_step("pre-boot", step)),
        Command::Image => builder::image(),
        Command::Tarball => builder::tarball(),
        Command::TryNamespaces => builder::try_namespaces(),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn run_step(step: &str, Step { words }: Step) -> ExitCode {
    runtime::command_line::main(std::iter::once(OsString::from(step)).chain(words).collect())
}

fn check(options: &Check) -> Result<(), Failure> {
    let report = check::check(&options.plan).map_err(Failure::failed)?;
    if options.json {
        write(&(report.json().map_err(Failure::failed)? + "\n"))?;
    } else {
        print(&report.text())?;
    }
    if report.has_errors() {
        Err(Failure::AlreadyTold)
    } else {
        Ok(())
    }
}

fn show(options: &Show) -> Result<(), Failure> {
    let shown = show::show(&options.path).map_err(Failure::failed)?;
    if options.json {
        write(&(shown.json().map_err(Failure::failed)? + "\n"))?;
    } else {
        print(&shown.text())?;
    }
    if shown.has_errors() {
        Err(Failure::AlreadyTold)
    } else {
        Ok(())
    }
}

fn install(options: Install) -> Result<(), Failure> {
    let PrefixOptions {
        adopt,
        override_grub_device,
        override_efi_sys_mount_point,
        dry_run,
    } = options.prefix_options;
    let report = install::run(&install::Options {
        system: options.system,
        prefix: options.prefix.clone().unwrap_or_default(),
        adopt,
        boot: pre_boot::Options {
            prefix: options.prefix,
            force: options.force,
            grub_devices: override_grub_device,
            efi_sys_mount_point: override_efi_sys_mount_point,
            dry_run,
            json: options.json,
            ..pre_boot::Options::default()
        },
    });
    let report = report.map_err(|error| match error {
        install::Error::PreBoot(pre_boot::Error::Usage(usage)) => Failure::Usage(usage.to_string()),
        error => Failure::failed(error),
    })?;
    if options.json {
        return write(&(report.json().map_err(Failure::failed)? + "\n"));
    }
    print(&report.to_string())
}

fn install_image(options: Install, file: PathBuf) -> Result<(), Failure> {
    let ImageOptions {
        format,
        size,
        free_space,
    } = options.image_options;
    let format = match format {
        Some(format) => format,
        None => by_ending(&file)?.name().to_owned(),
    };
    let mut settings = vec![("format", format)];
    settings.extend(free_space.map(|size| ("freeSpace", size)));
    let this_program = std::env::current_exe().map_err(Failure::failed)?;
    let wanted = install_image::Options {
        system: options.system,
        image: file,
        force: options.force,
        size,
        settings,
    };
    let made = install_image::run(&wanted, &this_program);
    let description = made.map_err(|error| match error {
        // The builder has said why already.
        install_image::Error::NotMade(status) if status.code() == Some(1) => Failure::AlreadyTold,
        error => Failure::failed(error),
    })?;
    if options.json { write(&description) } else { Ok(()) }
}

/// The format of files with the ending that `file` has.
fn by_ending(file: &Path) -> Result<&'static dyn ImageFormat, Failure> {
    let Some(ending) = file.extension().and_then(OsStr::to_str) else {
        return Ok(formats::DEFAULT);
    };
    formats::by_ending(ending).ok_or_else(|| {
        let known = formats::names().collect::<Vec<_>>().join("`, `");
        Failure::Usage(format!(
            "`{}`: the ending `.{ending}` is that of no format known here: name one in `--format` (`{known}`)",
            file.display()
        ))
    })
}

/// Checks the value of an option by the rule that a plan's attribute of this kind has.
fn parsed_as<T: Text>(text: &str) -> Result<String, String> {
    match T::parse(text, false) {
        Ok(_) => Ok(text.to_owned()),
        Err(mistake) => Err(mistake.message),
    }
}

/// The declaration of the command line.
pub fn declaration() -> clap::Command {
    Cli::command()
}

/// Prints lines for people. Control characters are escaped: text of a plan or a file must not steer the terminal.
fn print(text: &str) -> Result<(), Failure> {
    write(&printable_lines(text))
}

fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|source| Failure::Failed(format!("cannot write to the standard output: {}", io_text(&source))))
}
