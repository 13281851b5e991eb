//! `bcrypt` and `rsadecrypt`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Number, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("bcrypt", &[Param::new("str", Want::Text)], Want::Text, bcrypt)
        .rest(Param::new("cost", Want::Number)),
    Function::new(
        "rsadecrypt",
        &[Param::new("ciphertext", Want::Text), Param::new("privatekey", Want::Text)],
        Want::Text,
        rsadecrypt,
    ),
];

/// The cost where none is given, or one that is too low.
const DEFAULT_COST: u32 = 10;
/// The longest text that the algorithm takes into account.
const LONGEST: usize = 72;

fn bcrypt(given: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let cost = match args {
        [_] => DEFAULT_COST,
        [_, cost] => match cost.as_number().and_then(Number::to_i64) {
            Some(cost @ 4..=31) => u32::try_from(cost).unwrap_or(DEFAULT_COST),
            Some(cost) if cost < 4 => DEFAULT_COST,
            _ => return Err(Fault::Call("cost must be a whole number of at most 31".into())),
        },
        _ => return Err(Fault::Call("bcrypt() takes no more than two arguments".into())),
    };
    let password = text(args, 0);
    if password.len() > LONGEST {
        return Err(Fault::arg(0, format!("must not be longer than {LONGEST} bytes")));
    }
    // Each hash is another one, so a plan cannot know it.
    if given.scope().now().is_none() {
        return Ok(Value::unknown_not_null(Type::String));
    }
    let hash = bcrypt::hash_with_result(password, cost)
        .map_err(|error| Fault::Call(format!("error occurred generating password: {error}")))?;
    Ok(hash.format_for_version(bcrypt::Version::TwoA).into())
}

fn rsadecrypt(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let cipher = STANDARD
        .decode(text(args, 0))
        .map_err(|_| Fault::arg(0, "failed to decode input: cipher text must be base64-encoded"))?;
    let key = Key::parse(text(args, 1)).map_err(|what| Fault::arg(1, what))?;
    let plain = key.decrypt(&cipher).ok_or_else(|| Fault::Call("failed to decrypt: decryption error".into()))?;
    String::from_utf8(plain)
        .map(Value::from)
        .map_err(|_| Fault::Call("the decrypted bytes are not valid UTF-8, so they are no string".into()))
}

/// What decryption needs of a private key.
struct Key {
    modulus: BigUint,
    exponent: BigUint,
}

impl Key {
    /// Reads a key in PEM, as PKCS #1, PKCS #8 or in OpenSSH's own form.
    fn parse(pem: &str) -> Result<Self, String> {
        let no_pem = || "failed to parse key: no PEM data was found".to_owned();
        let start = pem.find("-----BEGIN ").ok_or_else(no_pem)?;
        let (label, rest) = pem[start + "-----BEGIN ".len()..].split_once("-----").ok_or_else(no_pem)?;
        let (body, _) = rest.split_once(&format!("-----END {label}-----")).ok_or_else(no_pem)?;
        if body.contains("ENCRYPTED") || label.starts_with("ENCRYPTED") {
            return Err("failed to parse key: it is protected by a passphrase".into());
        }
        let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = STANDARD.decode(compact).map_err(|_| no_pem())?;
        let key = match label {
            "RSA PRIVATE KEY" => Self::pkcs1(&bytes),
            "PRIVATE KEY" => Self::pkcs8(&bytes),
            "OPENSSH PRIVATE KEY" => Self::openssh(&bytes),
            other => {
                return Err(format!("failed to parse key: a PEM block of type {other:?} holds no RSA private key"));
            }
        };
        key.ok_or_else(|| "failed to parse key: this is no RSA private key".to_owned())
    }

    fn pkcs1(bytes: &[u8]) -> Option<Self> {
        let mut fields = Der(Der(bytes).value(SEQUENCE)?);
        fields.value(INTEGER)?;
        let modulus = fields.value(INTEGER)?;
        fields.value(INTEGER)?;
        Self::new(modulus, fields.value(INTEGER)?)
    }

    fn pkcs8(bytes: &[u8]) -> Option<Self> {
        let mut fields = Der(Der(bytes).value(SEQUENCE)?);
        fields.value(INTEGER)?;
        let algorithm = Der(fields.value(SEQUENCE)?).value(OBJECT_ID)?;
        (algorithm == RSA).then(|| Self::pkcs1(fields.value(OCTETS)?)).flatten()
    }

    fn openssh(bytes: &[u8]) -> Option<Self> {
        let mut fields = Ssh(bytes.strip_prefix(b"openssh-key-v1\0")?);
        let cipher = fields.text()?;
        fields.text()?;
        fields.text()?;
        fields.number()?;
        fields.text()?;
        let mut private = Ssh(fields.text()?);
        private.number()?;
        private.number()?;
        if cipher != b"none" || private.text()? != b"ssh-rsa" {
            return None;
        }
        let modulus = private.text()?;
        private.text()?;
        Self::new(modulus, private.text()?)
    }

    fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let (modulus, exponent) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
        // So that no made-up key keeps the processor busy for minutes.
        (modulus.bit(0) && (88..=16_384).contains(&modulus.bits()) && exponent < modulus)
            .then_some(Self { modulus, exponent })
    }

    /// The text inside a padding of PKCS #1 version 1.5.
    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let cipher = BigUint::from_bytes_be(cipher);
        if cipher >= self.modulus {
            return None;
        }
        // The padding begins with a nought byte, which a number does not keep.
        let padded = cipher.modpow(&self.exponent, &self.modulus).to_bytes_be();
        let size = usize::try_from(self.modulus.bits().div_ceil(8)).ok()?;
        if padded.len() + 1 != size || padded.first() != Some(&2) {
            return None;
        }
        let end = padded.iter().position(|byte| *byte == 0)?;
        (end >= 9).then(|| padded[end + 1..].to_vec())
    }
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// The object identifier of RSA keys, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// What is left to read of a sequence in DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next element, which has the given tag.
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if *first >= 0x80 {
            let (bytes, behind) = rest.split_at_checked(usize::from(first & 0x7f))?;
            length =
                bytes.iter().try_fold(0_usize, |all, byte| all.checked_mul(256)?.checked_add(usize::from(*byte)))?;
            rest = behind;
        }
        let (value, behind) = rest.split_at_checked(length)?;
        self.0 = behind;
        (*found == tag).then_some(value)
    }
}

/// What is left to read of a record in the encoding of SSH.
struct Ssh<'a>(&'a [u8]);

impl<'a> Ssh<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PKCS1: &str = include_str!("../../../tests/conformance/corpus/fixtures/files/rsa_test.pem");

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    }

    fn pem(label: &str, bytes: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(bytes))
    }

    #[test]
    fn a_key_is_the_same_in_each_form() {
        let key = Key::parse(PKCS1).unwrap();
        let body: String = PKCS1.lines().filter(|line| !line.starts_with('-')).collect();
        let algorithm = element(SEQUENCE, &element(OBJECT_ID, RSA));
        let inner = [element(INTEGER, &[0]), algorithm, element(OCTETS, &STANDARD.decode(body).unwrap())].concat();
        let pkcs8 = Key::parse(&pem("PRIVATE KEY", &element(SEQUENCE, &inner))).unwrap();
        assert!(pkcs8.modulus == key.modulus && pkcs8.exponent == key.exponent);

        let text = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        let (modulus, exponent) = (key.modulus.to_bytes_be(), key.exponent.to_bytes_be());
        let private = [vec![0; 8], text(b"ssh-rsa"), text(&modulus), text(&[3]), text(&exponent)].concat();
        let head = [b"openssh-key-v1\0".to_vec(), text(b"none"), text(b"none"), text(b""), vec![0, 0, 0, 1]].concat();
        let ssh = [head, text(b""), text(&private)].concat();
        let ssh = Key::parse(&pem("OPENSSH PRIVATE KEY", &ssh)).unwrap();
        assert!(ssh.modulus == key.modulus && ssh.exponent == key.exponent);
    }

    #[test]
    fn what_is_no_key_is_refused_with_a_reason() {
        let told = |pem: &str| Key::parse(pem).err().unwrap_or_default();
        assert!(told("x").contains("no PEM data"));
        assert!(told(&pem("RSA PRIVATE KEY", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff])).contains("no RSA private key"));
        assert!(told(&pem("EC PRIVATE KEY", &[])).contains("EC PRIVATE KEY"));
        assert!(told(&PKCS1.replacen("KEY-----", "KEY-----\nProc-Type: 4,ENCRYPTED\n", 1)).contains("passphrase"));
    }
}
