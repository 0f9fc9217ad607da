//! The addresses this computer has, by interface.

use std::io;
use std::net::IpAddr;

/// The name and address of every interface but the loopback, IPv4 first.
///
/// Link-local IPv6 addresses are left out: they need a scope to be of use.
///
/// # Errors
///
/// Whatever `getifaddrs(3)` answers.
pub fn addresses() -> io::Result<Vec<(String, IpAddr)>> {
    let mut found: Vec<(String, IpAddr)> = if_addrs::get_if_addrs()?
        .into_iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| (interface.name.clone(), interface.ip()))
        .collect();
    found.sort_by_key(|(name, ip)| (ip.is_ipv6(), name.clone()));
    Ok(found)
}
