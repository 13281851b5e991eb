//! Version constraints: `>= 1.5, != 1.6.0, ~> 1.8`.

/// Whether a version meets a constraint; `None` if the constraint cannot be understood.
pub(super) fn meets(version: &str, constraint: &str) -> Option<bool> {
    let (version, _) = parse(version)?;
    let mut met = true;
    for part in constraint.split(',') {
        let part = part.trim();
        let number = part.trim_start_matches(['=', '!', '>', '<', '~']);
        let operator = &part[..part.len() - number.len()];
        let (bound, parts) = parse(number.trim())?;
        met &= match operator {
            "" | "=" => version == bound,
            "!=" => version != bound,
            ">" => version > bound,
            ">=" => version >= bound,
            "<" => version < bound,
            "<=" => version <= bound,
            "~>" => {
                // All parts but the last written are fixed.
                let fixed = parts.saturating_sub(1).max(1);
                version >= bound && version.0[..fixed] == bound.0[..fixed]
            }
            _ => return None,
        };
    }
    Some(met)
}

/// Three numbers, and whether it is a release: a pre-release comes before it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version([u64; 3], bool, String);

fn parse(text: &str) -> Option<(Version, usize)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split('+').next()?;
    let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
    let mut found = [0; 3];
    let mut count = 0;
    for part in numbers.split('.') {
        *found.get_mut(count)? = part.parse().ok()?;
        count += 1;
    }
    Some((Version(found, pre.is_empty(), pre.to_owned()), count))
}

#[cfg(test)]
mod tests {
    use super::meets;

    #[test]
    fn constraints_hold_as_written() {
        for (constraint, met) in [
            (">= 1.5", true),
            ("~> 1.8", true),
            ("~> 1.11.0", true),
            ("~> 1.10.0", false),
            ("~> 2.0", false),
            (">= 1.5, < 1.11.0", false),
            ("!= 1.11.0", false),
            ("1.11.0", true),
            ("= 1.11", true),
        ] {
            assert_eq!(meets("1.11.0", constraint), Some(met), "{constraint}");
        }
        assert_eq!(meets("1.11.0", "latest"), None);
        assert_eq!(meets("1.11.0", ""), None);
    }
}
