//! Who calls AWS, and where.

mod caller_identity;
mod partition;
mod places;
mod region;

pub(crate) use caller_identity::CallerIdentity;
pub(crate) use partition::PartitionData;
pub(crate) use region::RegionData;
