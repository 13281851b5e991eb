//! What took how long, told when all is done.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::chains::Chains;
use super::{Look, Tone};
use crate::address::Address;
use crate::apply::event::{Doing, Event};

/// A run shorter than this needs no table.
const WORTH: Duration = Duration::from_secs(2);
/// So many rows at most.
const ROWS: usize = 10;
/// So many links of the longest chain are named.
const LINKS: usize = 6;

/// How long operations took.
#[derive(Clone, Debug, Default)]
pub struct Timings(Vec<(Address, Doing, Duration)>);

impl Timings {
    /// Takes in what happened.
    pub fn event(&mut self, event: &Event) {
        if let Event::Finished { address, doing, took, .. } | Event::Failed { address, doing, took, .. } = event {
            self.0.push((address.clone(), *doing, *took));
        }
    }

    /// The table, the longest first, if the run took long enough.
    pub fn table(&self, whole: Duration, chains: &Chains, look: Look) -> Option<String> {
        if whole < WORTH || self.0.is_empty() {
            return None;
        }
        let mut rows: Vec<&(Address, Doing, Duration)> = self.0.iter().collect();
        rows.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        let (shown, rest) = rows.split_at(rows.len().min(ROWS));
        let mut lines: Vec<(Duration, String)> =
            shown.iter().map(|(address, doing, took)| (*took, format!("{} {address}", word(*doing)))).collect();
        if !rest.is_empty() {
            lines.push((rest.iter().map(|row| row.2).sum(), format!("{} more, together", rest.len())));
        }
        let width = lines.iter().map(|(took, _)| seconds(*took).width()).max().unwrap_or(0);
        let mut out = format!("\n{}\n", look.paint(Tone::Strong, "What took how long:"));
        for (took, what) in lines {
            out.push_str(&format!("  {:>width$}  {what}\n", seconds(took)));
        }
        let (chain, longest) = chains.longest(|address, gone| {
            let found = self.0.iter().find(|(a, doing, _)| a == address && (*doing == Doing::Destroying) == gone);
            found.map_or(Duration::ZERO, |row| row.2)
        });
        let mut last = format!("{} in all.", seconds(whole));
        if chain.len() > 1 {
            let names: Vec<String> = chain.iter().take(LINKS).map(ToString::to_string).collect();
            let more = match chain.len().saturating_sub(LINKS) {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            last.push_str(&format!(" The longest chain took {}: {}{more}.", seconds(longest), names.join(", then ")));
        }
        out.push_str(&look.wrap(&last));
        out.push('\n');
        Some(out)
    }
}

fn word(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "create",
        Doing::Updating => "update",
        Doing::Destroying => "destroy",
        Doing::Reading => "read",
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..60 => format!("{:.1}s", duration.as_secs_f64()),
        _ => super::progress::time(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{Key, ResourceAddress};

    #[test]
    fn the_longest_come_first_and_the_rest_is_summed() {
        let mut timings = Timings::default();
        for (i, millis) in [900, 61_000, 100, 200, 300, 400, 500, 600, 700, 800, 50, 60].into_iter().enumerate() {
            let address = ResourceAddress::managed("aws_iam_role", &format!("r{i}")).instance(Key::None);
            let took = Duration::from_millis(millis);
            timings.event(&Event::Finished { address, doing: Doing::Creating, took, id: None });
        }
        assert_eq!(timings.table(Duration::from_millis(1999), &Chains::default(), Look::PLAIN), None);
        let table = timings.table(Duration::from_secs(62), &Chains::default(), Look::PLAIN).unwrap();
        insta::assert_snapshot!(table, @"

        What took how long:
          1m01s  create aws_iam_role.r1
           0.9s  create aws_iam_role.r0
           0.8s  create aws_iam_role.r9
           0.7s  create aws_iam_role.r8
           0.6s  create aws_iam_role.r7
           0.5s  create aws_iam_role.r6
           0.4s  create aws_iam_role.r5
           0.3s  create aws_iam_role.r4
           0.2s  create aws_iam_role.r3
           0.1s  create aws_iam_role.r2
           0.1s  2 more, together
        1m02s in all.
        ");
    }
}
