//! How long parsing and loading take. `cargo bench --bench load`

use std::fmt::Write;
use std::ops::Range;

use divan::Bencher;
use recon::aws::{Aws, Settings, registry};
use recon::diagnostic::{Diagnostics, SourceMap};
use recon::language::{LocalOnly, load, parse_body, parse_json_body};

fn main() {
    divan::main();
}

const RESOURCES: usize = 10_000;

const VARIABLE: &str = "variable \"stage\" {\n  default = \"dev\"\n}\n";

/// Four resource blocks for each number, of several types, that refer to one another.
fn native(numbers: Range<usize>) -> String {
    let mut text = String::new();
    for i in numbers {
        write!(
            text,
            r#"
resource "aws_iam_role" "role{i}" {{
  name               = "role-${{var.stage}}-{i}"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole" }}] }})
  tags               = {{ Name = "role {i}", Stage = var.stage }}
}}

resource "aws_iam_role_policy" "policy{i}" {{
  name   = "policy-{i}"
  role   = aws_iam_role.role{i}.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}

resource "aws_cloudwatch_log_group" "log{i}" {{
  name              = "/aws/lambda/${{aws_iam_role.role{i}.name}}"
  retention_in_days = {i} % 2 == 0 ? 7 : 14
}}

resource "terraform_data" "data{i}" {{
  input      = [for k, v in aws_iam_role.role{i}.tags : upper("${{k}}=${{v}}")]
  depends_on = [aws_cloudwatch_log_group.log{i}]
}}
"#
        )
        .expect("a string takes everything");
    }
    text
}

fn json(resources: usize) -> String {
    let mut text = String::from("{\"resource\": {\"terraform_data\": {\n");
    for i in 0..resources {
        let comma = if i == 0 { "" } else { ",\n" };
        let before = i.saturating_sub(1);
        write!(text, "{comma}\"data{i}\": {{\"input\": [\"${{upper(\\\"a{i}\\\")}}\", {{\"k\": {i}}}], \"triggers_replace\": \"${{terraform_data.data{before}.id}}\"}}")
            .expect("a string takes everything");
    }
    text + "\n}}}\n"
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let text = native(0..RESOURCES / 4);
    let source = SourceMap::new().add("main.tf", text.as_str());
    bencher.bench(|| parse_body(source, &text, &mut Diagnostics::new()));
}

#[divan::bench]
fn parse_json(bencher: Bencher<'_, '_>) {
    let text = json(RESOURCES);
    let source = SourceMap::new().add("main.tf.json", text.as_str());
    let schemas = registry(&Aws::new(Settings::default()));
    bencher.bench(|| parse_json_body(source, &text, &schemas, &mut Diagnostics::new()));
}

#[divan::bench(args = ["one file", "a hundred files", "json"])]
fn load_all(bencher: Bencher<'_, '_>, how: &str) {
    let folder = tempfile::tempdir().expect("a folder for the files");
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("a file");
    match how {
        "json" => write("main.tf.json", json(RESOURCES)),
        "one file" => write("main.tf", VARIABLE.to_owned() + &native(0..RESOURCES / 4)),
        _ => {
            write("variables.tf", VARIABLE.into());
            for i in 0..100 {
                write(&format!("f{i}.tf"), native(i * RESOURCES / 400..(i + 1) * RESOURCES / 400));
            }
        }
    }
    let schemas = registry(&Aws::new(Settings::default()));
    bencher.bench(|| {
        let mut problems = Diagnostics::new();
        let config = load(folder.path(), &schemas, &LocalOnly, &mut SourceMap::new(), &mut problems);
        assert!(config.is_some(), "the configuration is without mistakes");
        config
    });
}
