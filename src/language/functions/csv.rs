//! `csvdecode`.

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Entries, Type, Value};

pub(super) static TABLE: &[Function] =
    &[Function::new("csvdecode", &[Param::new("str", Want::Text)], Want::Any, csvdecode).giving(|_| None)];

fn csvdecode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut records = records(text(args, 0)).map_err(Fault::Call)?.into_iter();
    let names = records.next().ok_or_else(|| Fault::Call("missing header line".into()))?;
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) {
            return Err(Fault::Call(format!("duplicate column name {name:?}")));
        }
    }
    let row = |cells: Vec<String>| {
        let cells = names.iter().zip(&cells).map(|(name, cell)| (name.as_str().into(), cell.as_str().into()));
        Value::object(cells.collect::<Entries>())
    };
    let ty = Type::object(names.iter().map(|name| (name.as_str(), Type::String)));
    Ok(Value::list(ty, records.map(row).collect()))
}

/// The records of a text. Empty lines count for nothing; all records have as many fields as the first.
fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let text = text.replace("\r\n", "\n");
    let text = text.strip_suffix('\r').unwrap_or(&text);
    let mut lines = text.split_inclusive('\n').zip(1..);
    let mut records: Vec<Vec<String>> = Vec::new();
    while let Some((line, number)) = lines.next() {
        if line == "\n" {
            continue;
        }
        let mut fields = Vec::new();
        let mut rest = line;
        loop {
            let (field, end) = match rest.strip_prefix('"') {
                Some(quoted) => quoted_field(quoted, number, &mut lines)?,
                None => plain_field(rest, number)?,
            };
            fields.push(field);
            match end.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
        }
        if let Some(first) = records.first()
            && first.len() != fields.len()
        {
            return Err(format!("CSV parse error on line {number}: wrong number of fields"));
        }
        records.push(fields);
    }
    Ok(records)
}

fn plain_field(text: &str, number: usize) -> Result<(String, &str), String> {
    let end = text.find([',', '\n']).unwrap_or(text.len());
    if text[..end].contains('"') {
        return Err(format!("CSV parse error on line {number}: bare \" in non-quoted-field"));
    }
    Ok((text[..end].to_owned(), &text[end..]))
}

/// A field up to its closing quotes, which may stand in a later line, and what is behind it.
fn quoted_field<'t>(
    text: &'t str,
    number: usize,
    lines: &mut impl Iterator<Item = (&'t str, usize)>,
) -> Result<(String, &'t str), String> {
    let wrong = |number: usize| format!("CSV parse error on line {number}: extraneous or missing \" in quoted-field");
    let mut field = String::new();
    let (mut rest, mut number) = (text, number);
    loop {
        let Some(quote) = rest.find('"') else {
            field.push_str(rest);
            (rest, number) = lines.next().ok_or_else(|| wrong(number))?;
            continue;
        };
        field.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.chars().next() {
            Some('"') => {
                field.push('"');
                rest = &rest[1..];
            }
            Some(',' | '\n') | None => return Ok((field, rest)),
            Some(_) => return Err(wrong(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::records;

    #[test]
    fn quotes_hold_commas_line_ends_and_quotes() {
        let found = records("a,b\r\n\n\"x,\n\"\"y\"\"\",\n").unwrap();
        assert_eq!(found, [["a", "b"], ["x,\n\"y\"", ""]]);
        assert_eq!(records("").unwrap(), [[""; 0]; 0]);
    }

    #[test]
    fn what_other_readers_guess_at_is_a_mistake() {
        for text in ["a\nx\"y", "a\n\"x", "a\n\"x\"y", "a,b\n1"] {
            assert!(records(text).is_err(), "{text:?}");
        }
    }
}
