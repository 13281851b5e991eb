//! Lambda: functions and who may call them.

mod function;
mod names;
mod patience;
mod permission;

pub(super) use function::Function;
pub(super) use permission::Permission;
