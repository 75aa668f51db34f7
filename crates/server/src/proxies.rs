//! The proxies in front of the server, and what of theirs is believed.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// Whom to believe where a request comes from, and in what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// The proxies that are believed.
    pub trusted: TrustedProxies,
    /// Where they say whom they forward for. The other header is never looked at.
    pub header: ForwardingHeader,
    /// Whether every connection comes from one of them and begins with a header of the PROXY protocol. The server that
    /// accepts connections sees to it; the client that the header names counts as the peer.
    pub speak_proxy_protocol: bool,
}

/// The header in which a proxy says whom it forwards for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardingHeader {
    /// `X-Forwarded-For`: addresses, separated by commas.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The networks that the trusted proxies are in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// A list of them.
    pub fn new(networks: impl IntoIterator<Item = TrustedNetwork>) -> Self {
        Self(networks.into_iter().map(|TrustedNetwork(network)| network).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them has this address. An IPv4-mapped IPv6 address counts as its IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// A network of trusted proxies: an address, or a network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedNetwork(IpNet);

/// A text that names no network of trusted proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedNetworkError {
    /// It is neither an address nor a network.
    NotANetwork,
    /// It is all addresses: each client could claim to be any other.
    Everybody,
}

impl FromStr for TrustedNetwork {
    type Err = TrustedNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let network = network.map_err(|_| TrustedNetworkError::NotANetwork)?;
        let network = canonical(network).trunc();
        if network.prefix_len() == 0 {
            return Err(TrustedNetworkError::Everybody);
        }
        Ok(Self(network))
    }
}

/// A network of IPv4-mapped IPv6 addresses, as the IPv4 network that it means.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let mapped = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    mapped.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(networks: &[&str]) -> TrustedProxies {
        TrustedProxies::new(networks.iter().map(|network| network.parse().unwrap()))
    }

    #[test]
    fn addresses_and_networks_of_both_families_in_either_spelling() {
        let proxies = trusted(&["10.1.2.3/8", "2001:db8::1", "::ffff:192.0.2.0/120"]);
        for inside in ["10.255.0.1", "::ffff:10.0.0.1", "2001:db8::1", "192.0.2.9", "::ffff:192.0.2.9"] {
            assert!(proxies.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["11.0.0.1", "2001:db8::2", "192.0.3.1", "::1"] {
            assert!(!proxies.contains(outside.parse().unwrap()), "{outside}");
        }
        assert!(!TrustedProxies::default().contains("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn everybody_and_nonsense_are_refused() {
        for everybody in ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"] {
            assert_eq!(
                everybody.parse::<TrustedNetwork>(),
                Err(TrustedNetworkError::Everybody),
                "{everybody}"
            );
        }
        for nonsense in ["", "proxy", "10.0.0.0/33", "10.0.0.1:80", "10.0.0.1-10.0.0.9", "::1%eth0"] {
            assert_eq!(
                nonsense.parse::<TrustedNetwork>(),
                Err(TrustedNetworkError::NotANetwork),
                "{nonsense}"
            );
        }
    }
}
