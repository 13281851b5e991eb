//! Every resource type on every emulator that has it: one file for each service.

mod dynamodb;
mod terraform;
