//! Every resource type on every emulator that has it: one file for each service.

mod dynamodb;
mod iam;
mod lambda;
mod logs;
mod terraform;
mod appsync;
mod iam;
