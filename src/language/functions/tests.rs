use super::*;

/// A function as `name(param: type, …)`, with a question mark behind a type that may be null.
fn signature(function: &Function) -> String {
    let param = |param: &Param, before: &str| {
        format!("{before}{}: {}{}", param.name, param.want.ty(), if param.null { "?" } else { "" })
    };
    let params: Vec<String> =
        function.params.iter().map(|p| param(p, "")).chain(function.rest.iter().map(|p| param(p, "..."))).collect();
    format!("{}({})", function.name, params.join(", "))
}

#[test]
fn every_function_of_the_language_is_there_with_its_parameters() {
    let mut ours: Vec<String> = FAMILIES
        .iter()
        .flat_map(|family| family.iter())
        .filter(|function| !function.name.contains("::"))
        .map(signature)
        .chain(["can(expression: dynamic)".to_owned(), "try(...expressions: dynamic)".to_owned()])
        .collect();
    ours.sort();
    let wanted: Vec<&str> = include_str!("signatures.txt").lines().collect();
    assert_eq!(ours, wanted);
}
