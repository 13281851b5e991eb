//! Who calls AWS, and where.

mod caller_identity;
mod partition;
mod places;
mod region;

pub use caller_identity::CallerIdentity;
pub use partition::PartitionData;
pub use region::RegionData;
