//! Every resource type on every emulator that has it: one file for each service.

mod appsync;
mod cognito;
mod dynamodb;
mod generated;
mod iam;
mod lambda;
mod listing;
mod logs;
mod permissions;
mod recovery;
mod terraform;
