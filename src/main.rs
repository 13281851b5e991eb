//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let exit = runtime.block_on(recon::cli::run(std::env::args_os()));
    // A thread that still waits for an answer nobody will give must not keep the process.
    runtime.shutdown_background();
    exit
}
