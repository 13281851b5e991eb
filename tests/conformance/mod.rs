//! The conformance corpus of the language: expressions and small configurations with the results that Terraform gives.

mod configs;
mod expressions;
