//! The addresses this computer has, by interface.

use std::io;
use std::net::IpAddr;

/// Whether what is sent to that address comes back to this computer.
///
/// Where the system does not name its addresses, each is taken for one of its own.
pub fn is_own(address: IpAddr) -> bool {
    let address = address.to_canonical();
    if address.is_loopback() || address.is_unspecified() {
        return true;
    }
    let Ok(all) = if_addrs::get_if_addrs() else {
        return true;
    };
    all.iter().any(|interface| interface.ip() == address)
}

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

#[cfg(test)]
mod tests {
    use super::{IpAddr, addresses, is_own};

    #[test]
    fn what_comes_back_to_this_computer_is_its_own() {
        for own in [
            "127.0.0.1",
            "127.0.0.2",
            "0.0.0.0",
            "::1",
            "::",
            "::ffff:127.0.0.1",
        ] {
            let own: Result<IpAddr, _> = own.parse();
            assert!(own.is_ok_and(is_own));
        }
        for (name, own) in addresses().unwrap_or_default() {
            assert!(is_own(own), "{name}: {own}");
        }
        // Addresses for documentation: no computer has them (RFC 5737, RFC 3849).
        for other in ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            let other: Result<IpAddr, _> = other.parse();
            assert!(other.is_ok_and(|other| !is_own(other)));
        }
    }
}
