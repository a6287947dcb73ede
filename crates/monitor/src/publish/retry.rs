//! How often a request is tried, and what waits between.

use std::time::Duration;

/// How often a request is tried, and how long is waited before the next try: twice as long each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// The first one included.
    pub tries: u32,
    /// Before the second try.
    pub first_wait: Duration,
    /// Waits grow up to this.
    pub longest_wait: Duration,
}

impl Default for Retries {
    /// Six tries, half a minute of waiting in all.
    fn default() -> Self {
        Self {
            tries: 6,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(16),
        }
    }
}

impl Retries {
    /// What is waited after the `tried`th try has failed; `None` if it was the last.
    pub(super) fn wait_after(self, tried: u32) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let doubled = 1_u32
            .checked_shl(tried.saturating_sub(1))
            .unwrap_or(u32::MAX);
        Some(
            self.first_wait
                .saturating_mul(doubled)
                .min(self.longest_wait),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let retries = Retries::default();
        let waits: Vec<_> = (1..=7).map(|tried| retries.wait_after(tried)).collect();
        let seconds = |it| Some(Duration::from_secs(it));
        let expected = [seconds(1), seconds(2), seconds(4), seconds(8), seconds(16)];
        assert_eq!(waits[..5], expected);
        assert_eq!(waits[5..], [None, None]);
        let many = Retries {
            tries: u32::MAX,
            ..retries
        };
        assert_eq!(many.wait_after(1000), seconds(16));
    }
}
