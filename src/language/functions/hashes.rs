//! Hashes of texts and files, and identifiers made from them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use super::files::read;
use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("md5", &[TEXT], Want::Text, |_, args| Ok(hex(&md5::Md5::digest(text(args, 0))))),
    Function::new("sha1", &[TEXT], Want::Text, |_, args| Ok(hex(&sha1::Sha1::digest(text(args, 0))))),
    Function::new("sha256", &[TEXT], Want::Text, |_, args| Ok(hex(&sha2::Sha256::digest(text(args, 0))))),
    Function::new("sha512", &[TEXT], Want::Text, |_, args| Ok(hex(&sha2::Sha512::digest(text(args, 0))))),
    Function::new("base64sha256", &[TEXT], Want::Text, |_, args| Ok(base64(&sha2::Sha256::digest(text(args, 0))))),
    Function::new("base64sha512", &[TEXT], Want::Text, |_, args| Ok(base64(&sha2::Sha512::digest(text(args, 0))))),
    Function::new("filemd5", &[PATH], Want::Text, |given, args| Ok(hex(&md5::Md5::digest(read(given, args, 0)?)))),
    Function::new("filesha1", &[PATH], Want::Text, |given, args| Ok(hex(&sha1::Sha1::digest(read(given, args, 0)?)))),
    Function::new("filesha256", &[PATH], Want::Text, |given, args| {
        Ok(hex(&sha2::Sha256::digest(read(given, args, 0)?)))
    }),
    Function::new("filesha512", &[PATH], Want::Text, |given, args| {
        Ok(hex(&sha2::Sha512::digest(read(given, args, 0)?)))
    }),
    Function::new("filebase64sha256", &[PATH], Want::Text, |given, args| {
        Ok(base64(&sha2::Sha256::digest(read(given, args, 0)?)))
    }),
    Function::new("filebase64sha512", &[PATH], Want::Text, |given, args| {
        Ok(base64(&sha2::Sha512::digest(read(given, args, 0)?)))
    }),
    Function::new("uuid", &[], Want::Text, |given, _| {
        Ok(match given.scope().now() {
            Some(_) => uuid::Uuid::new_v4().to_string().into(),
            None => Value::unknown_not_null(Type::String),
        })
    }),
    Function::new("uuidv5", &[Param::new("namespace", Want::Text), Param::new("name", Want::Text)], Want::Text, uuidv5),
];

const TEXT: Param = Param::new("str", Want::Text);
const PATH: Param = Param::new("path", Want::Text);

fn hex(bytes: &[u8]) -> Value {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

fn base64(bytes: &[u8]) -> Value {
    STANDARD.encode(bytes).into()
}

fn uuidv5(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let namespace = match text(args, 0) {
        "dns" => uuid::Uuid::NAMESPACE_DNS,
        "url" => uuid::Uuid::NAMESPACE_URL,
        "oid" => uuid::Uuid::NAMESPACE_OID,
        "x500" => uuid::Uuid::NAMESPACE_X500,
        other => uuid::Uuid::parse_str(other)
            .map_err(|_| Fault::Call(format!("{other:?} is neither a namespace nor a UUID")))?,
    };
    Ok(uuid::Uuid::new_v5(&namespace, text(args, 1).as_bytes()).to_string().into())
}
