//! Whether a text is the beginning of an expression that goes on in the next line.

/// What is open at a place in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Bracket,
    Quotes,
    /// `${` or `%{` in quotes or in a heredoc.
    Template,
}

/// Whether brackets or a heredoc are open at the end of a text.
pub(super) fn is_open(text: &str) -> bool {
    let mut stack: Vec<Inside> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let quoted = stack.last() == Some(&Inside::Quotes);
        let mut step = c.len_utf8();
        match c {
            '\\' if quoted => step += rest[1..].chars().next().map_or(0, char::len_utf8),
            '"' if quoted => drop(stack.pop()),
            '"' => stack.push(Inside::Quotes),
            '$' | '%' if quoted && rest[1..].starts_with(&format!("{c}{{")) => step = 3,
            '$' | '%' if quoted && rest[1..].starts_with('{') => {
                stack.push(Inside::Template);
                step = 2;
            }
            // A text in quotes ends with its line at the latest.
            '\n' if quoted => return false,
            _ if quoted => {}
            '[' | '(' | '{' => stack.push(Inside::Bracket),
            ']' | ')' | '}' if stack.pop().is_none() => return false,
            '#' => step = line_end(rest),
            '/' if rest.starts_with("//") => step = line_end(rest),
            '/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(end) => step = end + 2,
                None => return true,
            },
            '<' if rest.starts_with("<<") => match heredoc(rest) {
                Some(Some(length)) => step = length,
                Some(None) => return true,
                None => step = 2,
            },
            _ => {}
        }
        rest = &rest[step..];
    }
    !stack.is_empty()
}

fn line_end(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// The length of the heredoc that a text begins with up to its last line's end; `Some(None)` where that has not come yet.
fn heredoc(text: &str) -> Option<Option<usize>> {
    let (header, body) = text.split_once('\n')?;
    let marker = header.trim_start_matches("<<").trim_start_matches('-').trim_end();
    if marker.is_empty() || !marker.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        return None;
    }
    let mut length = header.len() + 1;
    for line in body.split_inclusive('\n') {
        length += line.len();
        if line.trim() == marker {
            return Some(Some(length));
        }
    }
    Some(None)
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn brackets_quotes_and_heredocs_tell_whether_more_is_to_come() {
        for open in
            ["[\n", "{ a = [1,\n", "f(\"]\"\n", "\"a${[\n", "<<EOT\nx\n", "/* a\n", "[ # ]\n", "f(<<-E\n  a\n  E\n"]
        {
            assert!(is_open(open), "{open:?}");
        }
        for closed in [
            "1\n",
            "[1]\n",
            "\"[\"\n",
            "\"$${[\"\n",
            "\"a\n",
            "]\n",
            "<<EOT\n[\nEOT\n",
            "1 # [\n",
            "\"\\\"[\"\n",
            "1 << 2\n",
            "é\n",
        ] {
            assert!(!is_open(closed), "{closed:?}");
        }
    }
}
