//! The process: reports of faults, then the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Only for panics: expected failures are printed in three parts by the command line. Colours
    // are left out, because a report is mostly pasted somewhere.
    let hook = color_eyre::config::HookBuilder::new()
        .theme(color_eyre::config::Theme::new())
        .display_env_section(false)
        .panic_section(
            "This is a fault in jetbridge, not in your data. What was saved is safe; please report \
             the lines above.",
        );
    // It fails only when another hook was installed before, and nothing else runs before.
    let _ = hook.install();
    jetbridge::cli::main()
}
