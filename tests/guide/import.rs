//! Objects that state has lost are taken up again, and what was changed by hand is taken over, by the commands for that.

use recon::testing::emulator::Kind;

use super::Guide;

#[test]
fn what_state_has_lost_is_imported_and_nothing_is_left_to_do() {
    let guide = Guide::with_pool(Kind::Ministack);
    guide.run(&["apply", "-auto-approve"]).ends_with(0);
    for (address, id) in [
        ("aws_dynamodb_table.posts", "cdk-blog-posts"),
        ("aws_cloudwatch_log_group.posts", "/aws/lambda/cdk-blog-posts"),
        ("aws_iam_role.api", "cdk-blog-api"),
    ] {
        guide.run(&["state", "rm", address]).ends_with(0);
        guide.run(&["plan", "-detailed-exitcode"]).ends_with(2);
        let answer = guide.run(&["import", address, id]).ends_with(0);
        assert!(answer.stdout.starts_with(&format!("{address}: Imported [id={id}]\n")), "{}", answer.stdout);
        guide.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    }
    let missing = guide.run(&["state", "rm", "aws_iam_role.posts"]).ends_with(0);
    assert!(missing.stdout.contains("Removed aws_iam_role.posts"), "{}", missing.stdout);
    let answer = guide.run(&["import", "aws_iam_role.posts", "no-such-role"]).ends_with(1);
    assert!(answer.stderr.contains("no-such-role"), "{}", answer.stderr);
    guide.run(&["import", "aws_iam_role.posts", "cdk-blog-posts"]).ends_with(0);
    guide.run(&["refresh"]).ends_with(0);
    guide.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    guide.run(&["destroy", "-auto-approve", super::LOSS[1]]).ends_with(0);
}
