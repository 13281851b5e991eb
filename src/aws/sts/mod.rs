//! Who calls AWS, and where.

mod caller_identity;
mod partition;
mod places;
mod region;

pub(crate) use caller_identity::CallerIdentity;
pub(crate) use partition::PartitionData;
pub(super) use places::looks_like_region;
pub(crate) use region::RegionData;
