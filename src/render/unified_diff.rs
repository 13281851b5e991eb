//! What changes in a text, in the form of `diff -u`.

use super::text_diff::{Edit, edits};

/// How many unchanged lines are shown around a change.
const AROUND: usize = 3;

/// The difference of two texts of one file, with `old/` and `new/` before its name. Empty where there is none.
pub fn unified_diff(name: &str, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let edits = edits(&old, &new, |a, b| a == b);
    let changed: Vec<usize> = (0..edits.len()).filter(|i| !matches!(edits[*i], Edit::Keep(..))).collect();
    if changed.is_empty() {
        return String::new();
    }
    let mut out = format!("--- old/{name}\n+++ new/{name}\n");
    for group in changed.chunk_by(|a, b| b - a <= 2 * AROUND + 1) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let from = first.saturating_sub(AROUND);
        let to = (last + 1 + AROUND).min(edits.len());
        // Where the lines before the group end on either side.
        let start = |side: fn(&Edit) -> bool| edits[..from].iter().filter(|edit| side(edit)).count();
        let length = |side: fn(&Edit) -> bool| edits[from..to].iter().filter(|edit| side(edit)).count();
        let is_old = |edit: &Edit| !matches!(edit, Edit::Add(_));
        let is_new = |edit: &Edit| !matches!(edit, Edit::Remove(_));
        let old_range = range(start(is_old), length(is_old));
        let new_range = range(start(is_new), length(is_new));
        out.push_str(&format!("@@ -{old_range} +{new_range} @@\n"));
        for edit in &edits[from..to] {
            let (sign, line) = match *edit {
                Edit::Keep(i, _) => (' ', old[i]),
                Edit::Remove(i) => ('-', old[i]),
                Edit::Add(i) => ('+', new[i]),
            };
            out.push(sign);
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// A range of lines: the first, from 1, and how many, where that is not one.
fn range(before: usize, length: usize) -> String {
    match length {
        0 => format!("{before},0"),
        1 => format!("{}", before + 1),
        length => format!("{},{length}", before + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_with_the_lines_around_them() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13";
        let after = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n13\n";
        insta::assert_snapshot!(unified_diff("main.tf", before, after), @r"
        --- old/main.tf
        +++ new/main.tf
        @@ -2,7 +2,7 @@
         2
         3
         4
        -5
        +five
         6
         7
         8
        @@ -10,4 +10,4 @@
         10
         11
         12
        -13
        \ No newline at end of file
        +13
        ");
        assert_eq!(unified_diff("x", "a\n", "a\n"), "");
        assert_eq!(unified_diff("x", "", "a\n"), "--- old/x\n+++ new/x\n@@ -0,0 +1 @@\n+a\n");
    }
}
