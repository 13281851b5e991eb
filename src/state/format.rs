//! The stored form: Terraform's state version 4, byte for byte, with a checksum as its last member.
//!
//! Terraform skips members it does not know and drops them when it writes, so either tool reads what the other wrote.

mod intact;
mod legacy;
mod locate;
mod read;
mod write;

pub use read::{Misfit, decode, instance_from_json};
pub use write::{Encoded, canonical, encode, instance_to_json};

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The version of the format.
const VERSION: u64 = 4;

/// The member that holds the checksum of the document without that member.
const CHECKSUM: &str = "recon_checksum";

/// The checksum of bytes, with the name of its algorithm.
pub fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let mut text = String::with_capacity(7 + 64);
    text.push_str("sha256:");
    for byte in digest {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests;
