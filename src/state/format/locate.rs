//! The place of something in a JSON text that is known to be valid.

/// A step into JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A member of an object.
    Member(String),
    /// An element of an array.
    Element(usize),
}

/// The byte where what a path leads to begins, or the last on the way to it that is there.
pub(super) fn locate(text: &[u8], path: &[Step]) -> usize {
    let mut at = skip_space(text, 0);
    for step in path {
        match enter(text, at, step) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at
}

/// Line and column, both from 1, of a byte; the column counts characters.
pub(super) fn line_column(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |i| i + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

fn enter(text: &[u8], at: usize, step: &Step) -> Option<usize> {
    let mut at = skip_space(text, at + 1);
    let mut index = 0;
    loop {
        if matches!(text.get(at)?, b'}' | b']') {
            return None;
        }
        let found = match step {
            Step::Element(wanted) => index == *wanted,
            Step::Member(wanted) => {
                let end = skip_value(text, at);
                let name = serde_json::from_slice::<String>(text.get(at..end)?).ok()?;
                // Behind the name: space, the colon, space.
                at = skip_space(text, skip_space(text, end) + 1);
                name == *wanted
            }
        };
        if found {
            return Some(at);
        }
        at = skip_space(text, skip_value(text, at));
        if text.get(at)? == &b',' {
            at = skip_space(text, at + 1);
        }
        index += 1;
    }
}

fn skip_space(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

fn skip_value(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = skip_string(text, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' | b':' if depth == 0 => return at,
            byte if byte.is_ascii_whitespace() && depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

fn skip_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_line_and_column() {
        let text = b"{\n  \"a\": [1, {\"x\\\"]\": {\"y\": true}}],\n  \"b\": \"z\"\n}";
        let place = |path: &[Step]| line_column(text, locate(text, path));
        let member = |name: &str| Step::Member(name.into());
        assert_eq!(place(&[]), (1, 1));
        assert_eq!(place(&[member("b")]), (3, 8));
        assert_eq!(place(&[member("a"), Step::Element(1), member("x\"]"), member("y")]), (2, 27));
        assert_eq!(place(&[member("a"), Step::Element(7)]), (2, 8), "what is missing is at its parent");
    }
}
