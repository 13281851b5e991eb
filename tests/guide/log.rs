//! The log of a whole apply: every call with its request id, and no secret.

use recon::testing::emulator::Kind;

use super::Guide;
use crate::cli::Answer;

const SECRET: &str = "the-secret-access-key-of-this-test";
const SESSION: &str = "the-session-token-of-this-test";

#[test]
fn a_log_of_everything_has_request_ids_and_no_secrets() {
    let guide = Guide::with_pool(Kind::Ministack);
    let path = guide.path("recon.log");
    let run = |arguments: &[&str]| {
        let mut command = guide.command(arguments);
        command.env("RECON_LOG", "trace").env("RECON_LOG_PATH", &path);
        command.env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_SESSION_TOKEN", SESSION);
        Answer::from(command.output().unwrap()).ends_with(0)
    };
    run(&["apply", "-auto-approve"]);
    let key = guide.run(&["output", "-raw", "aws_appsync_apiKey"]).ends_with(0).stdout.trim().to_owned();
    run(&["plan"]);
    run(&["destroy", "-auto-approve", super::LOSS[1]]);
    let log = guide.read("recon.log");

    assert_eq!(log.matches("recon begins").count(), 3, "a log is added to");
    for told in ["lock taken", "lock released", "state written", "journal written"] {
        assert!(log.contains(told), "{told} is not in the log");
    }
    let calls: Vec<&str> = log.lines().filter(|line| line.contains(": call service=")).collect();
    assert!(calls.len() > 30, "{log}");
    for call in calls {
        assert!(call.contains(" status=") && call.contains(" milliseconds="), "{call}");
        assert!(call.contains(" request=\"") && !call.contains(" request=\"\""), "{call}");
    }

    assert!(key.len() > 8, "{key}");
    for secret in [key.as_str(), SECRET, SESSION] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    for header in ["authorization", "x-amz-security-token", "aws4-hmac", "signature="] {
        assert!(!log.to_ascii_lowercase().contains(header), "{header} is in the log");
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
