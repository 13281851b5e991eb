//! Arguments in, exit code out.

use std::process::ExitCode;

use tokio::runtime::Builder;

fn main() -> ExitCode {
    let call = match recon::cli::understand(std::env::args_os()) {
        Ok(call) => call,
        Err(exit) => return exit,
    };
    // Threads take time to begin that a version need not wait for.
    let runtime = match call.is_quick() {
        true => Builder::new_current_thread().build(),
        false => Builder::new_multi_thread().enable_all().build(),
    };
    let Ok(runtime) = runtime else {
        return ExitCode::FAILURE;
    };
    let exit = runtime.block_on(recon::cli::run(call));
    // A thread that still waits for an answer nobody will give must not keep the process.
    runtime.shutdown_background();
    exit
}
