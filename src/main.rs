//! The process: how errors of the runtime read, then the command line, which also sees to panics.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Without colours: what is printed of an error is mostly pasted somewhere.
    let (_, reports) = color_eyre::config::HookBuilder::new()
        .theme(color_eyre::config::Theme::new())
        .display_env_section(false)
        .into_hooks();
    // It fails only when another was installed before, and nothing else runs before.
    let _ = reports.install();
    // Here and not in the library, which would be built again for each commit.
    jetbridge::cli::main(&jetbridge::cli::Build {
        commit: option_env!("JETBRIDGE_COMMIT"),
        date: option_env!("JETBRIDGE_COMMIT_DATE"),
        target: option_env!("JETBRIDGE_TARGET"),
        glibc: option_env!("JETBRIDGE_GLIBC"),
        rustc: option_env!("JETBRIDGE_RUSTC"),
    })
}
