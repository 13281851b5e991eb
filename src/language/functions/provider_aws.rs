//! Functions of the AWS provider: names of resources taken apart and put together.

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::Value;

const ARN: Param = Param::new("arn", Want::Text);

pub(super) static TABLE: &[Function] = &[
    Function::new("provider::aws::arn_parse", &[ARN], Want::Any, arn_parse),
    Function::new(
        "provider::aws::arn_build",
        &[
            Param::new("partition", Want::Text),
            Param::new("service", Want::Text),
            Param::new("region", Want::Text),
            Param::new("account_id", Want::Text),
            Param::new("resource", Want::Text),
        ],
        Want::Text,
        |_, args| {
            let parts: Vec<&str> = (0..5).map(|i| text(args, i)).collect();
            Ok(format!("arn:{}", parts.join(":")).into())
        },
    ),
    Function::new("provider::aws::trim_iam_role_path", &[ARN], Want::Text, trim_iam_role_path),
];

/// Partition, service, region, account and resource of an ARN.
fn parts(arn: &str) -> Result<[&str; 5], Fault> {
    let invalid =
        || Fault::arg(0, format!("{arn:?} is not an ARN, which has six parts between colons, the first being `arn`"));
    let rest = arn.strip_prefix("arn:").ok_or_else(invalid)?;
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    parts.try_into().map_err(|_| invalid())
}

fn arn_parse(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let [partition, service, region, account, resource] = parts(text(args, 0))?;
    Ok(Value::object_of([
        ("partition", partition.into()),
        ("service", service.into()),
        ("region", region.into()),
        ("account_id", account.into()),
        ("resource", resource.into()),
    ]))
}

fn trim_iam_role_path(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let arn = text(args, 0);
    let [partition, service, region, account, resource] = parts(arn)?;
    let name = resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next()).filter(|name| !name.is_empty());
    match name {
        Some(name) if service == "iam" && region.is_empty() => {
            Ok(format!("arn:{partition}:iam::{account}:role/{name}").into())
        }
        _ => Err(Fault::arg(0, format!("{arn:?} is not the ARN of an IAM role"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_keeps_its_colons() {
        let Ok(found) = parts("arn:aws:lambda:eu-west-1:1:function:f:2") else { panic!("an ARN is refused") };
        assert_eq!(found, ["aws", "lambda", "eu-west-1", "1", "function:f:2"]);
        assert!(parts("arn:aws:lambda").is_err());
        assert!(parts("urn:a:b:c:d:e").is_err());
    }
}
