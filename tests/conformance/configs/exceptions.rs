//! The exceptions, which the documentation lists for people: a table with the columns case, level and reason.

use std::collections::BTreeSet;
use std::path::Path;

/// The ids of cases that are known not to give the recorded answers.
pub(super) struct Exceptions {
    pub(super) core: BTreeSet<String>,
    pub(super) detail: BTreeSet<String>,
}

/// The exceptions that `docs/compatibility.md` lists. Every row must have a reason.
pub(super) fn documented() -> Exceptions {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compatibility.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with("The configurations of the corpus"));
    let mut found = Exceptions { core: BTreeSet::new(), detail: BTreeSet::new() };
    for row in section.expect("docs/compatibility.md lists the exceptions").lines().filter(|l| l.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [id, level, reason] = cells.as_slice() else {
            panic!("a row has a case, a level and a reason, not: {row}");
        };
        assert!(!reason.is_empty(), "an exception without a reason: {row}");
        let id = id.trim_matches('`').to_owned();
        match *level {
            "core" => found.core.insert(id),
            "detail" => found.detail.insert(id),
            other => panic!("a level is `core` or `detail`, not `{other}`"),
        };
    }
    found
}
