//! Where a scheduler listens: `df://host:50050`.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Ballista's own port for schedulers.
const PORT: u16 = 50050;

/// Host and port of a scheduler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterAddress {
    host: String,
    port: u16,
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address of a cluster: {why}; write df://HOST:{PORT}")]
pub struct AddressError {
    text: String,
    why: String,
}

impl ClusterAddress {
    pub fn host_and_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// As Ballista's clients connect.
    pub(crate) fn url(&self) -> String {
        format!("http://{}:{}", self.host, self.port)
    }
}

impl FromStr for ClusterAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = |why: &str| AddressError {
            text: text.to_owned(),
            why: why.to_owned(),
        };
        let url = Url::parse(text).map_err(|e| error(&e.to_string()))?;
        if url.scheme() != "df" {
            return Err(error("it does not begin with df://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(error("it names a user"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(error("it goes on behind the port"));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        Ok(Self {
            host: host.ok_or_else(|| error("it names no host"))?.to_owned(),
            port: url.port().unwrap_or(PORT),
        })
    }
}

impl fmt::Display for ClusterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "df://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let address: ClusterAddress = "df://scheduler:7070".parse().unwrap();
        assert_eq!(address.url(), "http://scheduler:7070");
        let address: ClusterAddress = "df://10.0.0.7".parse().unwrap();
        assert_eq!(address.to_string(), "df://10.0.0.7:50050");
        let address: ClusterAddress = "df://[::1]:7".parse().unwrap();
        assert_eq!(address.url(), "http://[::1]:7");
    }

    #[test]
    fn what_is_no_address_says_why() {
        let why = |text: &str| text.parse::<ClusterAddress>().unwrap_err().to_string();
        assert!(why("localhost:50050").contains("df://"));
        assert!(why("http://host:1").contains("does not begin with df://"));
        assert!(why("df://host:1/jobs").contains("goes on behind the port"));
        assert!(why("df://me:secret@host").contains("names a user"));
        assert!(why("df://host:99999").contains("invalid port number"));
    }
}
