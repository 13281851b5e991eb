//! Addresses of networks and hosts.

use std::net::{Ipv4Addr, Ipv6Addr};

use num_bigint::BigInt;

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Number, Type, Value};

const PREFIX: Param = Param::new("prefix", Want::Text);
const HOST: Param = Param::new("hostnum", Want::Number);
const BITS: Param = Param::new("newbits", Want::Number);
const NET: Param = Param::new("netnum", Want::Number);

pub(super) static TABLE: &[Function] = &[
    Function::new("cidrhost", &[PREFIX, HOST], Want::Text, host),
    Function::new("cidrnetmask", &[PREFIX], Want::Text, netmask),
    Function::new("cidrsubnet", &[PREFIX, BITS, NET], Want::Text, subnet),
    Function::new("cidrsubnets", &[PREFIX], Want::Texts, subnets).rest(BITS),
];

/// A network: its first address, the bits of an address, and the bits that are fixed.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    size: u32,
    length: u32,
}

impl Network {
    fn parse(told: &str) -> Option<Self> {
        let (address, length) = told.split_once('/')?;
        if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let length: u32 = length.parse().ok()?;
        let (address, size) = if address.contains(':') {
            (address.parse::<Ipv6Addr>().ok()?.to_bits(), 128)
        } else {
            (u128::from(parse_v4(address)?.to_bits()), 32)
        };
        (length <= size).then(|| Self { first: address & mask(size, length), size, length })
    }

    /// An IPv4 address written as an IPv6 one counts as IPv4 in some places of the original, which is kept.
    fn is_mapped(self) -> bool {
        self.size == 128 && Ipv6Addr::from_bits(self.first).to_ipv4_mapped().is_some()
    }

    /// Puts a number in the address so that it ends at the given bit.
    fn with(self, number: &BigInt, end: u32) -> u128 {
        let shifted = number.clone() << (self.size - end.min(self.size));
        let joined = BigInt::from(self.first) | shifted;
        // Of a negative number the original keeps the magnitude.
        let (_, bytes) = joined.to_bytes_be();
        bytes.iter().fold(0_u128, |all, byte| (all << 8) | u128::from(*byte)) & mask_all(self.size)
    }
}

/// An IPv4 address whose parts may begin with noughts, which are read as decimals.
fn parse_v4(told: &str) -> Option<Ipv4Addr> {
    let mut parts = [0_u8; 4];
    let mut rest = told.split('.');
    for part in &mut parts {
        let digits = rest.next()?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *part = digits.parse().ok()?;
    }
    rest.next().is_none().then(|| Ipv4Addr::from(parts))
}

fn mask_all(size: u32) -> u128 {
    u128::MAX >> (128 - size)
}

fn mask(size: u32, length: u32) -> u128 {
    mask_all(size) & !mask_all(size).checked_shr(length).unwrap_or(0)
}

fn address(bits: u128, size: u32) -> String {
    if size == 32 {
        return Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(u32::MAX)).to_string();
    }
    let address = Ipv6Addr::from_bits(bits);
    match address.to_ipv4_mapped() {
        Some(v4) => v4.to_string(),
        None => plain_v6(address),
    }
}

/// The usual short form; unlike the standard library's, never with an IPv4 part at the end.
fn plain_v6(address: Ipv6Addr) -> String {
    let groups = address.segments();
    let (mut start, mut length, mut i) = (0, 0, 0);
    while i < 8 {
        let run = groups[i..].iter().take_while(|group| **group == 0).count();
        if run > length {
            (start, length) = (i, run);
        }
        i += run.max(1);
    }
    let join = |groups: &[u16]| groups.iter().map(|group| format!("{group:x}")).collect::<Vec<_>>().join(":");
    if length < 2 { join(&groups) } else { format!("{}::{}", join(&groups[..start]), join(&groups[start + length..])) }
}

fn shown(bits: u128, size: u32, length: u32) -> String {
    let mapped = size == 128 && length >= 96 && Ipv6Addr::from_bits(bits).to_ipv4_mapped().is_some();
    format!("{}/{}", address(bits, size), if mapped { length - 96 } else { length })
}

fn network(args: &[Value]) -> Result<Network, Fault> {
    let told = text(args, 0);
    Network::parse(told)
        .ok_or_else(|| Fault::arg(0, format!("{told:?} is not an address with a prefix length, such as 10.0.0.0/16")))
}

fn number(args: &[Value], position: usize) -> Number {
    args.get(position).and_then(Value::as_number).cloned().unwrap_or_else(Number::zero)
}

fn whole(args: &[Value], position: usize) -> Result<BigInt, Fault> {
    number(args, position).to_bigint().ok_or_else(|| Fault::arg(position, "a whole number is required"))
}

fn host(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let network = network(args)?;
    let asked = whole(args, 1)?;
    let most = (BigInt::from(1) << (network.size - network.length)) - 1;
    let negative = asked < BigInt::from(0);
    let from_end = if negative { -asked.clone() - 1 } else { asked.clone() };
    if from_end > most {
        let what = format!("prefix of {} does not accommodate a host numbered {asked}", network.length);
        return Err(Fault::Call(what));
    }
    let number = if negative { most - from_end } else { asked };
    let end = if network.is_mapped() { 32 } else { network.size };
    Ok(address(network.with(&number, end), network.size).into())
}

fn netmask(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let network = network(args)?;
    if network.size != 32 {
        return Err(Fault::arg(0, "IPv6 addresses cannot have a netmask"));
    }
    Ok(address(mask(32, network.length), 32).into())
}

fn subnet(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let network = network(args)?;
    let asked = whole(args, 1)?;
    let new_bits = i64::try_from(&asked).unwrap_or(i64::MAX);
    let length = u32::try_from(i64::from(network.length).saturating_add(new_bits)).ok();
    let Some(length) = length.filter(|length| *length <= network.size) else {
        let what = format!(
            "insufficient address space to extend a prefix of {} bits by {asked}; an address has {} bits",
            network.length, network.size
        );
        return Err(Fault::Call(what));
    };
    let number = whole(args, 2)?;
    let room = u32::try_from(new_bits).map_or(u32::MAX, |bits| bits);
    if room < 64 && number.magnitude().bits() > u64::from(room) {
        let what = format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}");
        return Err(Fault::Call(what));
    }
    Ok(shown(network.with(&number, length), network.size, length).into())
}

fn subnets(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let network = network(args)?;
    let size = network.size;
    let mut found = Vec::new();
    // What precedes the network is the last subnet so far.
    let mut last = network.first.wrapping_sub(1) & mask_all(size);
    for position in 1..args.len() {
        let bits = number(args, position).to_i64().filter(|bits| (1..=32).contains(bits));
        let Some(bits) = bits.and_then(|bits| u32::try_from(bits).ok()) else {
            return Err(Fault::arg(position, "the prefix must be extended by a whole number of bits from 1 to 32"));
        };
        let length = network.length + bits;
        if length > size {
            let what = format!("would extend the prefix to {length} bits, but an address has only {size}");
            return Err(Fault::arg(position, what));
        }
        let host = !mask(size, length) & mask_all(size);
        let next = (last | host).wrapping_add(1) & mask_all(size);
        if next == 0 || next & mask(size, network.length) != network.first {
            let what = format!("not enough remaining address space for a subnet with a prefix of {length} bits");
            return Err(Fault::arg(position, what));
        }
        last = next | host;
        found.push(shown(next, size, length).into());
    }
    Ok(Value::list(Type::String, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_masked_and_shown_in_short_form() {
        let network = Network::parse("fd00:fd12:3456:7890::/56").unwrap();
        assert_eq!(shown(network.first, 128, 56), "fd00:fd12:3456:7800::/56");
        assert_eq!(address(Network::parse("010.001.2.3/24").unwrap().first, 32), "10.1.2.0");
        assert_eq!(address(0, 128), "::");
        assert!(Network::parse("10.0.0/8").is_none());
        assert!(Network::parse("10.0.0.0/33").is_none());
        assert!(Network::parse("10.0.0.0/-1").is_none());
    }
}
