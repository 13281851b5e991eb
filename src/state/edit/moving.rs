//! Where objects go when a module, a resource or an instance is given another address.

use std::collections::BTreeMap;

use super::find::listed;
use crate::address::{Address, Key, ModulePath, ResourceAddress, Target};
use crate::diagnostic::Diagnostic;
use crate::state::Snapshot;

/// Why something cannot get another address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// Nothing has the old address.
    #[error("`{0}` does not match anything in the state")]
    NothingThere(String),
    /// Something has the new address.
    #[error("there is already something at `{0}` in the state")]
    Taken(String),
    /// A module can only become a module.
    #[error("`{0}` is a module, and `{1}` is none")]
    NotAModule(String, String),
    /// A resource can only become a resource.
    #[error("`{0}` is no module, and `{1}` is one")]
    NotAResource(String, String),
    /// Several instances cannot become one.
    #[error("`{0}` is a whole resource with several instances, and `{1}` is one instance")]
    ManyToOne(String, String),
    /// Several instances of a module cannot become one.
    #[error("`{0}` has several instances, and `{1}` is one of them")]
    ManyModulesToOne(String, String),
    /// An object does not become another type.
    #[error("`{0}` and `{1}` are not of the same resource type")]
    OtherType(String, String),
}

impl From<MoveError> for Diagnostic {
    fn from(error: MoveError) -> Self {
        let text = error.to_string();
        let (summary, help) = match error {
            MoveError::NothingThere(_) => ("Invalid source address", "`recon state list` shows what there is."),
            MoveError::Taken(_) => ("Invalid target address", "Move or remove that first, or name another address."),
            MoveError::NotAModule(..) | MoveError::NotAResource(..) => {
                ("Invalid target address", "A module moves to a module, and a resource or instance to one of its kind.")
            }
            MoveError::ManyToOne(..) => {
                ("Invalid target address", "Name one instance of the source, or a whole resource as the target.")
            }
            MoveError::ManyModulesToOne(..) => {
                ("Invalid target address", "Name one instance of the module as the source, or leave out the key.")
            }
            MoveError::OtherType(..) => (
                "Invalid state move request",
                "A `null_resource` becomes a `terraform_data` with a `moved` block; other types cannot be changed.",
            ),
        };
        Self::error(summary).with(|d| {
            d.detail(format!("{}{}. Nothing was changed.", text[..1].to_uppercase(), &text[1..])).help(help);
        })
    }
}

/// The previous address of each object that moves, by its new one.
pub fn moves(snapshot: &Snapshot, from: &Target, to: &Target) -> Result<BTreeMap<Address, Address>, MoveError> {
    let all = listed(snapshot);
    let changes = match (from, to) {
        (Target::Module(source), Target::Module(target)) => modules(&all, source, target)?,
        (Target::Resource(source), Target::Resource(target)) => resources(&all, source, target)?,
        (Target::Module(_), Target::Resource(_)) => {
            return Err(MoveError::NotAModule(from.to_string(), to.to_string()));
        }
        (Target::Resource(_), Target::Module(_)) => {
            return Err(MoveError::NotAResource(from.to_string(), to.to_string()));
        }
    };
    if changes.is_empty() {
        return Err(MoveError::NothingThere(from.to_string()));
    }
    Ok(changes.into_iter().map(|(before, now)| (now, before)).collect())
}

type Changes = Vec<(Address, Address)>;

fn modules(all: &[&Address], source: &ModulePath, target: &ModulePath) -> Result<Changes, MoveError> {
    let (from, to) = (source.to_string(), target.to_string());
    let mut changes = changes_of_modules(all, |module| replaced(module, source, target));
    if changes.is_empty() && last_key(source) == Some(&Key::None) {
        // A call with `count` or `for_each` as a whole: its instances keep their keys.
        changes = changes_of_modules(all, |module| renamed(module, source, target));
        if !changes.is_empty() && last_key(target) != Some(&Key::None) {
            return Err(MoveError::ManyModulesToOne(from, to));
        }
    }
    let stays = |address: &&&Address| !changes.iter().any(|(before, _)| before == **address);
    let is_there = || all.iter().filter(stays).any(|address| is_of(target, address, &changes));
    let taken = !changes.is_empty() && (source == target || is_there());
    if taken { Err(MoveError::Taken(to)) } else { Ok(changes) }
}

/// Whether an object lies where the moved ones go: in one of the very module instances that they get.
fn is_of(target: &ModulePath, address: &Address, changes: &Changes) -> bool {
    let depth = target.steps().len();
    let instance = |address: &Address| address.resource.module.steps().get(..depth).map(<[_]>::to_vec);
    let there = instance(address);
    changes.iter().any(|(_, now)| instance(now) == there)
}

fn changes_of_modules(all: &[&Address], to: impl Fn(&ModulePath) -> Option<ModulePath>) -> Changes {
    let change = |address: &&Address| {
        let module = to(&address.resource.module)?;
        let resource = ResourceAddress { module, ..address.resource.clone() };
        Some(((*address).clone(), resource.instance(address.key.clone())))
    };
    all.iter().filter_map(change).collect()
}

/// A module that is the source or inside of it, as it is called below the target.
fn replaced(module: &ModulePath, source: &ModulePath, target: &ModulePath) -> Option<ModulePath> {
    let inside = module.steps().strip_prefix(source.steps())?;
    Some(inside.iter().fold(target.clone(), |path, step| path.child(&step.name, step.key.clone())))
}

/// The same for all instances of a call, whatever their keys.
fn renamed(module: &ModulePath, source: &ModulePath, target: &ModulePath) -> Option<ModulePath> {
    let (call, parents) = source.steps().split_last()?;
    let (own, inside) = module.steps().strip_prefix(parents)?.split_first()?;
    let (last, around) = target.steps().split_last()?;
    if own.name != call.name {
        return None;
    }
    let path = around.iter().fold(ModulePath::root(), |path, step| path.child(&step.name, step.key.clone()));
    let path = path.child(&last.name, own.key.clone());
    Some(inside.iter().fold(path, |path, step| path.child(&step.name, step.key.clone())))
}

fn last_key(module: &ModulePath) -> Option<&Key> {
    module.steps().last().map(|step| &step.key)
}

fn resources(all: &[&Address], source: &Address, target: &Address) -> Result<Changes, MoveError> {
    let (from, to) = (source.to_string(), target.to_string());
    let there = |address: &Address| all.contains(&address);
    let one = there(source);
    let keyed: Vec<&Address> = all.iter().copied().filter(|address| address.resource == source.resource).collect();
    if !one && (source.key != Key::None || keyed.is_empty()) {
        return Err(MoveError::NothingThere(from));
    }
    let kind = |address: &Address| (address.resource.mode, address.resource.ty.clone());
    if kind(source) != kind(target) {
        return Err(MoveError::OtherType(from, to));
    }
    if one {
        return if there(target) { Err(MoveError::Taken(to)) } else { Ok(vec![(source.clone(), target.clone())]) };
    }
    if target.key != Key::None {
        return Err(MoveError::ManyToOne(from, to));
    }
    if all.iter().any(|address| address.resource == target.resource) {
        return Err(MoveError::Taken(to));
    }
    Ok(keyed.into_iter().map(|address| (address.clone(), target.resource.instance(address.key.clone()))).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::state::edit::rename;
    use crate::state::format::instance_from_json;

    const HELD: [&str; 10] = [
        "t.a",
        "t.c[0]",
        "t.c[1]",
        "t.f[\"k.1\"]",
        "data.t.d",
        "module.m[0].t.in",
        "module.m[1].t.in",
        "module.m[1].module.n.t.deep",
        "module.s.t.in",
        "module.s.module.n.t.deep",
    ];

    fn state() -> Snapshot {
        let mut snapshot = Snapshot::of_lineage("l");
        let depends = serde_json::json!({"dependencies": ["t.a", "module.m.t.in"]});
        for address in HELD {
            let object = instance_from_json(depends.clone(), Arc::from("p")).unwrap();
            snapshot.insert(address.parse().unwrap(), object);
        }
        let aside = instance_from_json(serde_json::json!({}), Arc::from("p")).unwrap();
        snapshot.deposed.insert(("t.a".parse().unwrap(), "0a1b2c3d".into()), aside.clone());
        snapshot.deposed.insert(("t.old".parse().unwrap(), "0a1b2c3d".into()), aside);
        snapshot
    }

    fn told(from: &str, to: &str) -> Result<Vec<String>, String> {
        let found = moves(&state(), &from.parse().unwrap(), &to.parse().unwrap()).map_err(|error| error.to_string())?;
        Ok(found.iter().map(|(now, before)| format!("{before} > {now}")).collect())
    }

    #[test]
    fn instances_resources_and_modules_get_new_addresses() {
        let fine = |from: &str, to: &str, wanted: &[&str]| assert_eq!(told(from, to).unwrap(), wanted, "{from} {to}");
        fine("t.a", "t.z[0]", &["t.a > t.z[0]"]);
        fine("t.a", "t.c[7]", &["t.a > t.c[7]"]);
        fine("t.c[0]", "t.c", &["t.c[0] > t.c"]);
        fine("t.c[0]", "t.f[\"x\"]", &["t.c[0] > t.f[\"x\"]"]);
        fine("t.c", "module.s.t.c", &["t.c[0] > module.s.t.c[0]", "t.c[1] > module.s.t.c[1]"]);
        fine("t.old", "t.new", &["t.old > t.new"]);
        fine("data.t.d", "data.t.e", &["data.t.d > data.t.e"]);
        let inside = ["module.s.module.n.t.deep > module.x[0].module.n.t.deep", "module.s.t.in > module.x[0].t.in"];
        let mut found = told("module.s", "module.x[0]").unwrap();
        found.sort();
        assert_eq!(found, inside);
        let whole = told("module.m", "module.x").unwrap();
        assert_eq!(whole.len(), 3, "{whole:?}");
        assert!(whole.contains(&"module.m[1].module.n.t.deep > module.x[1].module.n.t.deep".to_owned()), "{whole:?}");
        assert_eq!(told("module.s", "module.s.module.x").unwrap().len(), 2, "into itself, as Terraform does");
        fine("module.m[0]", "module.m[2]", &["module.m[0].t.in > module.m[2].t.in"]);
    }

    #[test]
    fn what_cannot_be_moved_says_why() {
        for (from, to, why) in [
            ("t.nope", "t.x", "does not match"),
            ("t.c[5]", "t.x", "does not match"),
            ("module.nope", "module.x", "does not match"),
            ("t.a", "t.c[0]", "already"),
            ("t.a", "t.a", "already"),
            ("t.a", "t.old", "already"),
            ("t.c", "t.a", "already"),
            ("t.c", "t.c", "already"),
            ("module.m[0]", "module.m[1]", "already"),
            ("module.s", "module.s", "already"),
            ("module.m", "module.m", "already"),
            ("t.c", "t.d[0]", "several instances"),
            ("module.m", "module.x[0]", "several instances"),
            ("t.a", "u.a", "not of the same resource type"),
            ("t.a", "data.t.a", "not of the same resource type"),
            ("t.a", "module.x", "is no module"),
            ("module.s", "t.x", "is a module"),
        ] {
            let error = told(from, to).unwrap_err();
            assert!(error.contains(why), "{from} to {to}: {error}");
        }
    }

    #[test]
    fn a_move_there_and_back_changes_nothing() {
        for (from, to) in [
            ("t.a", "module.q[\"x\"].t.b[3]"),
            ("t.c", "module.s.t.c"),
            ("t.c[0]", "t.z"),
            ("t.old", "t.new[\"k\"]"),
            ("module.m", "module.x.module.y"),
            ("module.m[1]", "module.m[7]"),
            ("module.s", "module.t[\"x\"]"),
            ("module.s.module.n", "module.n"),
        ] {
            let mut snapshot = state();
            for (from, to) in [(from, to), (to, from)] {
                let changes = moves(&snapshot, &from.parse().unwrap(), &to.parse().unwrap()).unwrap();
                assert!(rename(&changes, &mut snapshot, &|_, _, instance| instance), "{from} {to}");
                assert_eq!(snapshot.instances.len(), HELD.len(), "{from} {to}");
            }
            assert_eq!(snapshot, state(), "{from} {to}");
        }
    }

    #[test]
    fn what_depended_on_a_moved_object_depends_on_it_under_its_new_name() {
        let mut snapshot = state();
        let changes = moves(&snapshot, &"t.a".parse().unwrap(), &"module.s.t.a".parse().unwrap()).unwrap();
        assert!(rename(&changes, &mut snapshot, &|_, _, instance| instance));
        let names = |address: &str| {
            let instance = &snapshot.instances[&address.parse::<Address>().unwrap()];
            instance.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names("t.c[0]"), ["module.m.t.in", "module.s.t.a"]);
        assert!(snapshot.deposed.contains_key(&("module.s.t.a".parse().unwrap(), "0a1b2c3d".into())));
        assert_eq!(snapshot.instances.len(), HELD.len());
    }
}
