//! Regular expressions, and `replace`, which takes one between slashes.

use std::sync::Arc;

use regex::{Captures, Regex};

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Entries, ObjectType, Type, Value};

const PATTERN: Param = Param::new("pattern", Want::Text);
const STRING: Param = Param::new("string", Want::Text);
const STR: Param = Param::new("str", Want::Text);
const PART: Param = Param::new("substr", Want::Text);
const REPLACE: Param = Param::new("replace", Want::Text);

pub(super) static TABLE: &[Function] = &[
    Function::new("regex", &[PATTERN, STRING], Want::Any, first).giving(match_type),
    Function::new("regexall", &[PATTERN, STRING], Want::Any, all).giving(|args| match_type(args).map(Type::list)),
    Function::new("replace", &[STR, PART, REPLACE], Want::Text, replace),
];

/// The type of a match, as far as the pattern is known.
fn match_type(args: &[Value]) -> Option<Type> {
    let pattern = compile(args.first()?.as_str()?, 0).ok()?;
    Shape::of(&pattern).ok().map(|shape| shape.ty())
}

fn first(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let pattern = compile(text(args, 0), 0)?;
    let shape = Shape::of(&pattern)?;
    let found = pattern.regex.captures(text(args, 1));
    found
        .map(|found| shape.value(&found))
        .ok_or_else(|| Fault::Call("pattern did not match any part of the given string".into()))
}

fn all(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let pattern = compile(text(args, 0), 0)?;
    let shape = Shape::of(&pattern)?;
    let found = pattern.regex.captures_iter(text(args, 1)).map(|found| shape.value(&found)).collect();
    Ok(Value::list(shape.ty(), found))
}

fn replace(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let (whole, part, with) = (text(args, 0), text(args, 1), text(args, 2));
    let inner = part.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    Ok(match inner {
        Some(pattern) => compile(pattern, 1)?.regex.replace_all(whole, with).into_owned().into(),
        None => whole.replace(part, with).into(),
    })
}

/// What a match gives.
enum Shape {
    Whole,
    Positions(usize),
    Names(Names),
}

impl Shape {
    fn of(pattern: &Pattern) -> Result<Self, Fault> {
        let groups = pattern.regex.captures_len() - 1;
        match (groups, pattern.names.len()) {
            (0, _) => Ok(Self::Whole),
            (_, 0) => Ok(Self::Positions(groups)),
            (groups, named) if groups == named => Ok(Self::Names(pattern.names.clone())),
            _ => Err(Fault::arg(0, "cannot mix both named and unnamed capture groups in the same pattern")),
        }
    }

    fn ty(&self) -> Type {
        match self {
            Self::Whole => Type::String,
            Self::Positions(count) => Type::Tuple(vec![Type::String; *count].into()),
            Self::Names(names) => {
                Type::Object(Arc::new(ObjectType::new(names.iter().map(|(_, name)| (name.clone(), Type::String)))))
            }
        }
    }

    fn value(&self, found: &Captures<'_>) -> Value {
        let group = |i: usize| found.get(i).map_or_else(|| Value::null(Type::String), |part| part.as_str().into());
        match self {
            Self::Whole => group(0),
            Self::Positions(count) => Value::tuple((1..=*count).map(group).collect()),
            Self::Names(names) => {
                Value::object(names.iter().map(|(i, name)| (name.clone(), group(*i))).collect::<Entries>())
            }
        }
    }
}

/// A pattern, and the names of its groups by their number.
struct Pattern {
    regex: Regex,
    names: Names,
}

fn compile(pattern: &str, argument: usize) -> Result<Pattern, Fault> {
    let (translated, names) = translate(pattern).map_err(|what| Fault::arg(argument, what))?;
    let regex = regex::RegexBuilder::new(&translated).size_limit(1 << 22).build().map_err(|error| {
        // The last line of the parser's message says what is wrong; those before it draw the pattern.
        let message = error.to_string();
        let what = message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Fault::arg(argument, format!("invalid regexp pattern: {what}"))
    })?;
    Ok(Pattern { regex, names })
}

type Names = Vec<(usize, Arc<str>)>;

/// A pattern of Go's syntax in that of the `regex` crate: same language, other defaults. Names of groups that
/// the crate would refuse are taken out.
fn translate(pattern: &str) -> Result<(String, Names), String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut class_start = None;
    let (mut groups, mut names) = (0, Vec::new());
    let mut i = 0;
    // Whether the piece before is a repetition, which must not be repeated again.
    let mut repeated = false;
    while let Some(&c) = chars.get(i) {
        let was_repeated = std::mem::take(&mut repeated);
        match c {
            '\\' => {
                i += 1;
                let Some(&escaped) = chars.get(i) else {
                    return Err("trailing backslash at end of expression".into());
                };
                if escaped == 'Q' && class_start.is_none() {
                    i = quoted(&chars, i + 1, &mut out);
                    continue;
                }
                i = escape(&chars, i, class_start.is_some(), &mut out)?;
                continue;
            }
            '[' if class_start.is_some() => {
                if chars.get(i + 1) == Some(&':') {
                    out.push('[');
                } else {
                    out.push_str("\\[");
                }
            }
            '[' => {
                out.push('[');
                if chars.get(i + 1) == Some(&'^') {
                    out.push('^');
                    i += 1;
                }
                class_start = Some(i + 1);
                if chars.get(i + 1) == Some(&']') {
                    out.push_str("\\]");
                    i += 1;
                }
            }
            ']' if class_start.is_some() => {
                out.push(']');
                // `[:alpha:]` ends with a bracket of its own.
                let named =
                    i > 0 && chars[i - 1] == ':' && class_start.is_some_and(|start| opens_name(&chars[start..i - 1]));
                if !named {
                    class_start = None;
                }
            }
            '&' | '~' if class_start.is_some() => {
                out.push('\\');
                out.push(c);
            }
            '-' if class_start.is_some() && chars.get(i + 1) == Some(&'-') => out.push_str("\\-"),
            '*' | '+' | '?' if class_start.is_none() && !is_group_mark(&chars, i) => {
                if was_repeated && !(c == '?' && out.ends_with(['*', '+', '?', '}']) && !lazy(&chars, i)) {
                    return Err(format!("invalid nested repetition operator: `{c}`"));
                }
                out.push(c);
                repeated = true;
            }
            '{' if class_start.is_none() => match repetition(&chars[i..]) {
                Some((length, most)) => {
                    if most > 1000 {
                        return Err("invalid repeat count: at most 1000 is possible".into());
                    }
                    if was_repeated {
                        return Err("invalid nested repetition operator".into());
                    }
                    out.extend(&chars[i..i + length]);
                    i += length;
                    repeated = true;
                    continue;
                }
                None => out.push_str("\\{"),
            },
            '}' if class_start.is_none() => out.push_str("\\}"),
            '(' if class_start.is_none() && chars.get(i + 1) != Some(&'?') => {
                groups += 1;
                out.push('(');
            }
            '(' if class_start.is_none() && group_name(&chars[i..]).is_some() => {
                let (name, length) = group_name(&chars[i..]).unwrap_or_default();
                groups += 1;
                // The crate's names begin with a letter and occur once; `replace` can use only such.
                let usable = name.starts_with(|c: char| !c.is_ascii_digit());
                if usable && !names.iter().any(|(_, known): &(usize, Arc<str>)| **known == *name) {
                    out.push_str(&format!("(?P<{name}>"));
                } else {
                    out.push('(');
                }
                names.push((groups, Arc::from(name)));
                i += length;
                continue;
            }
            '(' if class_start.is_none() => {
                let flags = chars[i + 2..].iter().take_while(|c| c.is_ascii_alphabetic() || **c == '-');
                if flags.clone().any(|flag| !"imsU-P".contains(*flag)) {
                    return Err("invalid or unsupported Perl syntax after `(?`".into());
                }
                out.push('(');
            }
            c => out.push(c),
        }
        i += 1;
    }
    Ok((out, names))
}

/// The name of a group that starts as `(?P<name>` or `(?<name>` does, and the length of that start.
fn group_name(chars: &[char]) -> Option<(String, usize)> {
    let start = if chars.get(2) == Some(&'P') { 3 } else { 2 };
    if chars.get(start) != Some(&'<') {
        return None;
    }
    let name: String = chars[start + 1..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
    let end = start + 1 + name.len();
    (!name.is_empty() && chars.get(end) == Some(&'>')).then_some((name, end + 1))
}

/// Whether a `?` at the place follows a repetition that is lazy already.
fn lazy(chars: &[char], at: usize) -> bool {
    at >= 2 && chars[at - 1] == '?' && matches!(chars[at - 2], '*' | '+' | '?' | '}')
}

fn is_group_mark(chars: &[char], at: usize) -> bool {
    let escaped = at >= 2 && chars[at - 2] == '\\';
    chars[at] == '?' && at >= 1 && chars[at - 1] == '(' && !escaped
}

/// Whether the inside of a class ends in the open name of a class such as `[:alpha`.
fn opens_name(inside: &[char]) -> bool {
    let name = inside.iter().rev().take_while(|c| c.is_ascii_alphabetic() || **c == '^').count();
    let rest = &inside[..inside.len() - name];
    name > 0 && rest.ends_with(&['[', ':'])
}

fn quoted(chars: &[char], from: usize, out: &mut String) -> usize {
    let mut i = from;
    while i < chars.len() && !(chars[i] == '\\' && chars.get(i + 1) == Some(&'E')) {
        out.push_str(&regex::escape(&chars[i].to_string()));
        i += 1;
    }
    i + 2
}

/// Copies what follows a backslash, and gives the place behind it.
fn escape(chars: &[char], at: usize, in_class: bool, out: &mut String) -> Result<usize, String> {
    let c = chars[at];
    match c {
        // These mean ASCII in Go.
        'd' => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
        'w' => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
        's' => out.push_str(if in_class { r"\t\n\x0C\r " } else { r"[\t\n\x0C\r ]" }),
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'S' => out.push_str(r"[^\t\n\x0C\r ]"),
        'b' if !in_class => out.push_str(r"(?-u:\b)"),
        'B' | 'A' | 'z' if !in_class => {
            out.push('\\');
            out.push(c);
        }
        'x' | 'p' | 'P' if chars.get(at + 1) == Some(&'{') => {
            let length = chars[at..].iter().position(|c| *c == '}').ok_or("missing closing brace")?;
            out.push('\\');
            out.extend(&chars[at..=at + length]);
            return Ok(at + length + 1);
        }
        'a' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' | 'p' | 'P' => {
            out.push('\\');
            out.push(c);
        }
        '0'..='7' => {
            let digits: String = chars[at..].iter().take(3).take_while(|c| ('0'..='7').contains(*c)).collect();
            if c != '0' && digits.len() < 2 {
                return Err(format!("invalid escape sequence: `\\{c}`"));
            }
            let code = u32::from_str_radix(&digits, 8).unwrap_or_default();
            out.push_str(&format!("\\x{{{code:x}}}"));
            return Ok(at + digits.len());
        }
        '<' | '>' => out.push(c),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => {
            out.push('\\');
            out.push(c);
        }
        c => return Err(format!("invalid escape sequence: `\\{c}`")),
    }
    Ok(at + 1)
}

/// The length of a repetition such as `{2,3}` and its greatest count; `None` where the brace is a plain character.
fn repetition(chars: &[char]) -> Option<(usize, u64)> {
    let end = chars.iter().position(|c| *c == '}')?;
    let inner: String = chars[1..end].iter().collect();
    let (least, most) = inner.split_once(',').map_or((inner.as_str(), None), |(least, most)| (least, Some(most)));
    let count = |text: &str| {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(u64::MAX))
    };
    let least = count(least)?;
    let most = match most {
        None | Some("") => least,
        Some(most) => count(most)?,
    };
    Some((end + 1, most.max(least)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let Ok(pattern) = compile(pattern, 0) else { panic!("{pattern} is no pattern") };
        pattern.regex.is_match(text)
    }

    #[test]
    fn patterns_have_their_meaning_of_go() {
        assert!(!matches(r"^\w$", "é"));
        assert!(!matches(r"^\d$", "٣"));
        assert!(matches(r"^[\d\]]+$", "1]"));
        assert!(matches(r"^[[:alpha:]-]+$", "a-b"));
        assert!(matches(r"^[[]$", "["));
        assert!(matches(r"^[]a]$", "]"));
        assert!(matches(r"^\Qa.b\E$", "a.b"));
        assert!(matches(r"^a{,2}$", "a{,2}"));
        assert!(matches(r"^\<$", "<"));
        assert!(matches(r"^a+?$", "aa"));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in ["a**", "(?x)a", r"\1", "a{1001}", "(", "\\", "[a", "(?=a)"] {
            assert!(compile(pattern, 0).is_err(), "{pattern}");
        }
    }
}
