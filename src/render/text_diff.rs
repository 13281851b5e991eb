//! The shortest way from one sequence to another, for lines of text and elements of lists.

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// It stays: its positions before and after.
    Keep(usize, usize),
    /// It goes: its position before.
    Remove(usize),
    /// It comes: its position after.
    Add(usize),
}

/// Above this many comparisons the middle is shown as replaced.
const MOST_COMPARISONS: usize = 4_000_000;

/// The edits in order; removals stand before additions.
pub(super) fn edits<T>(before: &[T], after: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<Edit> {
    let head = before.iter().zip(after).take_while(|(a, b)| same(a, b)).count();
    let (rest_before, rest_after) = (&before[head..], &after[head..]);
    let tail = rest_before.iter().rev().zip(rest_after.iter().rev()).take_while(|(a, b)| same(a, b)).count();
    let middle_before = &rest_before[..rest_before.len() - tail];
    let middle_after = &rest_after[..rest_after.len() - tail];
    let mut found: Vec<Edit> = (0..head).map(|i| Edit::Keep(i, i)).collect();
    found.extend(middle(middle_before, middle_after, &same).into_iter().map(|edit| match edit {
        Edit::Keep(a, b) => Edit::Keep(a + head, b + head),
        Edit::Remove(a) => Edit::Remove(a + head),
        Edit::Add(b) => Edit::Add(b + head),
    }));
    found.extend((0..tail).map(|i| Edit::Keep(before.len() - tail + i, after.len() - tail + i)));
    found
}

fn middle<T>(before: &[T], after: &[T], same: &impl Fn(&T, &T) -> bool) -> Vec<Edit> {
    let (rows, columns) = (before.len(), after.len());
    if rows == 0 || columns == 0 || rows.saturating_mul(columns) > MOST_COMPARISONS {
        return (0..rows).map(Edit::Remove).chain((0..columns).map(Edit::Add)).collect();
    }
    // The length of the longest common subsequence from each pair of positions on.
    let width = columns + 1;
    let mut longest = vec![0_u32; (rows + 1) * width];
    for a in (0..rows).rev() {
        for b in (0..columns).rev() {
            longest[a * width + b] = if same(&before[a], &after[b]) {
                longest[(a + 1) * width + b + 1] + 1
            } else {
                longest[(a + 1) * width + b].max(longest[a * width + b + 1])
            };
        }
    }
    let mut found = Vec::with_capacity(rows + columns);
    let (mut a, mut b) = (0, 0);
    while a < rows && b < columns {
        if same(&before[a], &after[b]) {
            found.push(Edit::Keep(a, b));
            a += 1;
            b += 1;
        } else if longest[(a + 1) * width + b] >= longest[a * width + b + 1] {
            found.push(Edit::Remove(a));
            a += 1;
        } else {
            found.push(Edit::Add(b));
            b += 1;
        }
    }
    found.extend((a..rows).map(Edit::Remove));
    found.extend((b..columns).map(Edit::Add));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let (a, b): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
        let edit = |edit: &Edit| match *edit {
            Edit::Keep(i, _) => format!(" {}", a[i]),
            Edit::Remove(i) => format!("-{}", a[i]),
            Edit::Add(i) => format!("+{}", b[i]),
        };
        edits(&a, &b, |x, y| x == y).iter().map(edit).collect()
    }

    #[test]
    fn what_both_have_stays_and_removals_come_first() {
        assert_eq!(shown("abcd", "abxd"), " a b-c+x d");
        assert_eq!(shown("abc", "bcd"), "-a b c+d");
        assert_eq!(shown("", "a"), "+a");
        assert_eq!(shown("aa", "a"), " a-a");
    }
}
