//! Where values may not go that are never stored.

use crate::diagnostic::Diagnostics;
use crate::value::marks::paths_marked;
use crate::value::{Marks, Value};

/// Reports what is ephemeral in the arguments of an object that is stored, and takes it out.
pub(super) fn refuse(value: Value, problems: &mut Diagnostics) -> Value {
    if !value.marks_deep().has(Marks::EPHEMERAL) {
        return value;
    }
    for path in &paths_marked(&value, Marks::EPHEMERAL) {
        let name = path.first().unwrap_or_default();
        problems
            .error("Invalid use of ephemeral value")
            .on(path.clone())
            .detail(format!("The argument \"{name}\" is stored in state, and this value must not be stored."))
            .help("`ephemeralasnull(…)` makes null of an ephemeral value.");
    }
    value.map_deep(&mut |inner| if inner.marks().has(Marks::EPHEMERAL) { Value::unknown(inner.ty()) } else { inner })
}
