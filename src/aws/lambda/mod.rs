//! Lambda: functions and who may call them.

mod function;
mod invocation;
mod names;
mod patience;
mod permission;
mod permissions;

pub(super) use function::Function;
pub(super) use invocation::Invocation;
pub(super) use permission::Permission;
