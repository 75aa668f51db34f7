//! The networks that a key may be used from.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A list of networks in CIDR notation (RFC 4632, RFC 4291). Empty means: from anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IpAllowlist(Vec<IpNet>);

/// An entry that is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a network in CIDR notation, such as 192.0.2.0/24 or 2001:db8::/32")]
pub struct IpAllowlistError {
    /// The entry's place in the list, from 0.
    pub position: usize,
}

impl IpAllowlist {
    /// Reads entries such as `192.0.2.0/24`, `2001:db8::/32` or a bare address; host bits are cleared.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, IpAllowlistError> {
        let network = |(position, entry): (usize, &S)| {
            let entry = entry.as_ref();
            let parsed = entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
            parsed.map(|net| net.trunc()).map_err(|_| IpAllowlistError { position })
        };
        entries.iter().enumerate().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether any address is allowed.
    pub fn is_unrestricted(&self) -> bool {
        self.0.is_empty()
    }

    /// The networks, in the order given.
    pub fn networks(&self) -> &[IpNet] {
        &self.0
    }

    /// Whether a use from `address` is allowed. An IPv4-mapped IPv6 address counts as its IPv4 address;
    /// an unknown address is allowed only where there is no restriction.
    pub fn allows(&self, address: Option<IpAddr>) -> bool {
        if self.is_unrestricted() {
            return true;
        }
        address.is_some_and(|address| {
            let address = address.to_canonical();
            self.0.iter().any(|network| network.contains(&address))
        })
    }

    /// Whether every address that `other` allows is allowed here too.
    pub fn covers(&self, other: &Self) -> bool {
        if self.is_unrestricted() {
            return true;
        }
        !other.is_unrestricted()
            && other.0.iter().all(|inner| self.0.iter().any(|outer| outer.contains(inner)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> IpAllowlist {
        IpAllowlist::parse(entries).unwrap()
    }

    #[test]
    fn reads_networks_and_addresses_and_names_the_bad_entry() {
        assert_eq!(list(&["192.0.2.7/24"]), list(&["192.0.2.0/24"]));
        assert_eq!(list(&["::1"]), list(&["::1/128"]));
        assert_eq!(IpAllowlist::parse(&["10.0.0.0/8", "10.0.0.0/33"]), Err(IpAllowlistError { position: 1 }));
        assert!(IpAllowlist::parse(&["example.com"]).is_err());
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        let v4 = list(&["192.0.2.0/24"]);
        assert!(v4.allows(Some("::ffff:192.0.2.9".parse().unwrap())));
        assert!(!v4.allows(Some("::ffff:198.51.100.9".parse().unwrap())));
        assert!(!v4.allows(None));
        assert!(IpAllowlist::default().allows(None));
    }

    #[test]
    fn covers_is_about_addresses() {
        assert!(list(&["10.0.0.0/8"]).covers(&list(&["10.1.0.0/16", "10.2.3.4"])));
        assert!(!list(&["10.0.0.0/8"]).covers(&list(&[])));
        assert!(list(&[]).covers(&list(&["10.0.0.0/8"])));
        assert!(!list(&["10.1.0.0/16"]).covers(&list(&["10.0.0.0/8"])));
    }
}
