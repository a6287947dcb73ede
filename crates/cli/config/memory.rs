//! How much memory a run may hold: a size, or a share of what the machine has.

use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use crate::config::resolved::Resolved;
use crate::config::size::parse_size;
use crate::config::value::Origin;
use crate::failure::Failure;

const MB: u64 = 1_000_000;

/// Below this the buffers of one reader and one writer do not fit.
const LEAST: u64 = 256 * MB;

/// Where nothing says what the machine has.
const UNKNOWN_MACHINE: u64 = 4 << 30;

/// Bytes of `--memory-limit`. `machine` gives the bytes that a percentage is a share of.
pub(crate) fn limit(
    settings: &Resolved<'_>,
    machine: impl Fn() -> Option<u64>,
) -> Result<u64, Failure> {
    let default = matches!(settings.find("memory-limit"), Some((_, Origin::Default)));
    settings.require("memory-limit", |text| {
        let Some(percent) = text.trim().strip_suffix('%') else {
            return at_least(parse_size(text)?, &format!("`{text}` is"));
        };
        let percent: f64 = percent
            .trim()
            .parse()
            .ok()
            .filter(|percent| (0.0..=100.0).contains(percent))
            .ok_or_else(|| format!("`{text}` is not between 0% and 100%"))?;
        match machine() {
            // Nobody asked for it, so a small machine gets what a run needs.
            Some(machine) if default => Ok(share(percent, machine).max(LEAST)),
            None if default => Ok(UNKNOWN_MACHINE),
            Some(machine) => {
                let (bytes, all) = (share(percent, machine), machine / MB);
                let found = format!("`{text}` of the {all} MB here is {} MB,", bytes / MB);
                at_least(bytes, &found)
            }
            None => Err(format!(
                "`{text}` of an unknown size: this system does not say how much memory it has; give a size like 4GiB"
            )),
        }
    })
}

/// Bytes of memory of this machine, or of the cgroup where that is less.
pub(crate) fn of_machine() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let machine = Some(system.total_memory()).filter(|bytes| *bytes > 0);
    // In a container the group's files are at the root; elsewhere where the process says.
    let container = system.cgroup_limits();
    let process = get_current_pid().ok().and_then(|pid| {
        system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&[pid]),
            false,
            ProcessRefreshKind::nothing().without_tasks(),
        );
        system.process(pid)?.cgroup_limits()
    });
    let groups = [container, process].into_iter().flatten();
    let limits = groups
        .map(|group| group.total_memory)
        .filter(|bytes| *bytes > 0);
    limits.chain(machine).min()
}

fn share(percent: f64, bytes: u64) -> u64 {
    (percent / 100.0 * bytes as f64) as u64
}

fn at_least(bytes: u64, found: &str) -> Result<u64, String> {
    if bytes >= LEAST {
        return Ok(bytes);
    }
    Err(format!(
        "{found} less than 256MB, where the buffers of one reader and one writer do not fit; give 256MB or more"
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use crate::config::layers::Layers;
    use crate::config::value::Value;

    /// The limit of a flag on a machine with so many MB.
    fn check(text: Option<&str>, machine: Option<u64>) -> Result<u64, String> {
        let mut layers = Layers::default();
        if let Some(text) = text {
            let value = Value::Text(text.to_owned());
            layers.flags.set("memory-limit", value);
        }
        limit(&layers.common(), || machine.map(|mb| mb * MB)).map_err(|failure| failure.message)
    }

    #[test]
    fn a_limit_is_a_size_or_a_share() {
        assert_eq!(check(Some("256MB"), None), Ok(256 * MB));
        assert_eq!(check(Some("2GiB"), Some(1_000)), Ok(2 << 30));
        assert_eq!(check(Some("30%"), Some(1_000)), Ok(300 * MB));
        assert_eq!(check(Some("100 %"), Some(1_000)), Ok(1_000 * MB));
    }

    #[test]
    fn the_default_is_most_of_the_machine_and_enough_on_a_small_one() {
        assert_eq!(check(None, Some(1_000)), Ok(600 * MB));
        assert_eq!(check(None, Some(200)), Ok(LEAST));
        assert_eq!(check(None, None), Ok(UNKNOWN_MACHINE));
    }

    #[test]
    fn what_is_too_little_or_no_limit_is_refused() {
        for (text, start) in [
            ("255MB", "--memory-limit: `255MB` is less than 256MB"),
            ("0", "--memory-limit: `0` is less than 256MB"),
            (
                "10%",
                "--memory-limit: `10%` of the 1000 MB here is 100 MB, less than 256MB",
            ),
            ("101%", "--memory-limit: `101%` is not between 0% and 100%"),
            ("NaN%", "--memory-limit: `NaN%` is not between"),
            ("much", "--memory-limit: `much` is not a size"),
        ] {
            let why = check(Some(text), Some(1_000)).unwrap_err();
            assert!(why.starts_with(start), "{why}");
        }
        let why = check(Some("50%"), None).unwrap_err();
        assert!(why.ends_with("give a size like 4GiB"), "{why}");
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(of_machine().is_some_and(|bytes| bytes > LEAST));
    }
}
