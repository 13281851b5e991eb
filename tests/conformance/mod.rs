//! The language as Terraform 1.11 answers it, recorded.

mod expressions;
