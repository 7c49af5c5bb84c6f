//! `init` and `hooks`: the commands of a plan.

use crate::command::Command;
use crate::map::Map;
use crate::section::section;
use crate::text::{Variable, VariableName};

section! {
    /// The command that becomes PID 1, and its environment.
    Init, "an attribute set with `command`";

    /// The command that becomes PID 1.
    command: Command = "command" [required] example "[ \"${systemd}/lib/systemd/systemd\" ]";

    /// Variables added to the environment that it is started with.
    environment: Map<VariableName, Variable> = "environment" [default "{ }"]
        example "{ PATH = \"${coreutils}/bin\"; }";
}

section! {
    /// Commands of the plan's own that run on the way.
    Hooks, "an attribute set with `preInit` and `preBoot`";

    /// Commands that `pre-init` runs after its own work. It records that the work is done only when they have
    /// succeeded.
    pre_init: Vec<Command> = "preInit" [default "[ ]"] example "[ [ \"${package}/bin/prepare\" ] ]";

    /// Commands that `pre-boot` runs after it has changed something.
    pre_boot: Vec<Command> = "preBoot" [default "[ ]"] example "[ [ \"${package}/bin/sign\" ] ]";
}
