//! Counts and seconds in words.

use indicatif::{HumanBytes, HumanCount};

use super::counts::Snapshot;

/// Before the inputs are listed nothing can be counted.
const LISTING: &str = "looking for input";

/// Seconds before a speed says anything.
const SETTLED: f64 = 1.0;

/// Cells between the brackets, where there is room and where there is little.
const WIDE: usize = 30;
const NARROW: usize = 10;

/// A line of a log.
pub(super) fn line(now: &Snapshot, seconds: f64) -> String {
    if now.hours_in_all == 0 {
        return LISTING.to_owned();
    }
    if let Some(tasks) = tasks(now) {
        return tasks;
    }
    facts(now, seconds)
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a cluster is at: it alone knows what it has read.
fn tasks(now: &Snapshot) -> Option<String> {
    let on_cluster = now.tasks_known > 0 && now.hours == 0;
    on_cluster.then(|| {
        format!(
            "{} of {} tasks on the cluster, for {} hours",
            HumanCount(now.tasks),
            HumanCount(now.tasks_known),
            now.hours_in_all
        )
    })
}

/// The line at the end, which says how long it took instead of how long it will.
pub(super) fn last_line(now: &Snapshot, seconds: f64) -> String {
    let [hours, bytes, records, speed, _] = facts(now, seconds);
    let took = Some(format!("in {}", duration(seconds)));
    let said = [hours, bytes, records, speed, took];
    said.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A bar and as many facts as fit into a terminal of `width` columns.
pub(super) fn bar(now: &Snapshot, seconds: f64, width: usize) -> String {
    // A line as long as the terminal would wrap on some.
    let fits = |text: &String| text.len() < width;
    if now.hours_in_all == 0 {
        return Some(LISTING.to_owned()).filter(fits).unwrap_or_default();
    }
    let share = share(now);
    let percent = format!("{:>3.0}%", (share * 100.0).floor());
    if let Some(tasks) = tasks(now) {
        return Some(tasks).filter(fits).unwrap_or_default();
    }
    let mut facts = facts(now, seconds);
    let whole = |cells: usize, facts: &[Option<String>]| {
        let full = ((share * cells as f64) as usize).min(cells);
        let said: Vec<&str> = facts.iter().flatten().map(String::as_str).collect();
        let drawn = format!(
            "[{}{}] {percent} {}",
            "=".repeat(full),
            " ".repeat(cells - full),
            said.join(", ")
        );
        drawn.trim_end().to_owned()
    };
    if let Some(text) = Some(whole(WIDE, &facts)).filter(fits) {
        return text;
    }
    if let Some(text) = Some(whole(NARROW, &facts)).filter(fits) {
        return text;
    }
    // What is missed least goes first: records, bytes, speed, time left, hours.
    for least in [2, 1, 3, 4, 0] {
        if let Some(fact) = facts.get_mut(least) {
            *fact = None;
        }
        if let Some(text) = Some(whole(NARROW, &facts)).filter(fits) {
            return text;
        }
    }
    Some(percent.trim().to_owned())
        .filter(fits)
        .unwrap_or_default()
}

/// Hours, bytes, records, speed and time left.
fn facts(now: &Snapshot, seconds: f64) -> [Option<String>; 5] {
    let (read, all) = (HumanBytes(now.bytes), HumanBytes(now.bytes_in_all));
    let bytes = if now.bytes <= now.bytes_in_all {
        format!("{read} of {all}")
    } else {
        // What is read is counted as it is decoded, what there is as it is stored.
        format!("{read} unpacked of {all}")
    };
    let speed = (seconds >= SETTLED).then(|| {
        let speed = (now.bytes as f64 / seconds) as u64;
        format!("{}/s", HumanBytes(speed))
    });
    [
        Some(format!("{} of {} hours", now.hours, now.hours_in_all)),
        Some(bytes),
        Some(format!("{} records", HumanCount(now.records))),
        speed,
        left(now, seconds).map(|left| format!("{} left", duration(left))),
    ]
}

/// From 0 to 1, by bytes; by hours where unpacked bytes went past those stored.
fn share(now: &Snapshot) -> f64 {
    // What comes after the last hour reads nothing, so bytes would stand still and the time left grow.
    if now.hours >= now.hours_in_all {
        return 1.0;
    }
    let (done, all) = if now.bytes <= now.bytes_in_all && now.bytes_in_all > 0 {
        (now.bytes, now.bytes_in_all)
    } else {
        (now.hours, now.hours_in_all.max(1))
    };
    (done as f64 / all as f64).min(1.0)
}

/// Seconds, if it goes on as it went.
fn left(now: &Snapshot, seconds: f64) -> Option<f64> {
    let share = share(now);
    (seconds >= SETTLED && share > 0.0 && share < 1.0).then(|| seconds * (1.0 - share) / share)
}

/// `25 s`, `3 min 05 s`, `2 h 05 min`
fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let minutes = seconds / 60;
    match (minutes / 60, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {:02} s", seconds % 60),
        (hours, _) => format!("{hours} h {:02} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Snapshot = Snapshot {
        hours: 11,
        hours_in_all: 24,
        bytes: 1 << 30,
        bytes_in_all: 2 << 30,
        records: 1_234_567,
        tasks: 0,
        tasks_known: 0,
    };

    #[test]
    fn a_cluster_is_told_by_its_tasks() {
        let on_cluster = Snapshot {
            hours: 0,
            bytes: 0,
            records: 0,
            tasks: 12,
            tasks_known: 40,
            ..HALF
        };
        let told = "12 of 40 tasks on the cluster, for 24 hours";
        assert_eq!(line(&on_cluster, 3.0), told);
        assert_eq!(bar(&on_cluster, 3.0, 80), told);
    }

    #[test]
    fn a_line_has_hours_bytes_records_speed_and_time_left() {
        assert_eq!(
            line(&HALF, 32.0),
            "11 of 24 hours, 1.00 GiB of 2.00 GiB, 1,234,567 records, 32.00 MiB/s, 32 s left"
        );
    }

    #[test]
    fn the_last_line_says_how_long_it_took() {
        let done = Snapshot {
            hours: 24,
            bytes: 2 << 30,
            ..HALF
        };
        assert_eq!(
            last_line(&done, 64.0),
            "24 of 24 hours, 2.00 GiB of 2.00 GiB, 1,234,567 records, 32.00 MiB/s, in 1 min 04 s"
        );
    }

    #[test]
    fn a_speed_of_the_first_moment_is_not_told() {
        assert_eq!(
            line(&HALF, 0.5),
            "11 of 24 hours, 1.00 GiB of 2.00 GiB, 1,234,567 records"
        );
        let listed = Snapshot {
            hours_in_all: 1,
            ..Snapshot::default()
        };
        assert_eq!(
            line(&listed, 20.0),
            "0 of 1 hours, 0 B of 0 B, 0 records, 0 B/s"
        );
        assert_eq!(line(&Snapshot::default(), 20.0), "looking for input");
    }

    #[test]
    fn packed_inputs_are_told_and_their_share_goes_by_hours() {
        let packed = Snapshot {
            hours: 6,
            bytes: 8 << 30,
            ..HALF
        };
        assert_eq!(
            line(&packed, 64.0),
            "6 of 24 hours, 8.00 GiB unpacked of 2.00 GiB, 1,234,567 records, 128.00 MiB/s, 3 min 12 s left"
        );
    }

    #[test]
    fn a_narrow_terminal_loses_what_is_missed_least() {
        for (width, expected) in [
            (
                120,
                "[===============               ]  50% 11 of 24 hours, 1.00 GiB of 2.00 GiB, 1,234,567 records, 32.00 MiB/s, 32 s left",
            ),
            (
                100,
                "[=====     ]  50% 11 of 24 hours, 1.00 GiB of 2.00 GiB, 1,234,567 records, 32.00 MiB/s, 32 s left",
            ),
            (
                80,
                "[=====     ]  50% 11 of 24 hours, 1.00 GiB of 2.00 GiB, 32.00 MiB/s, 32 s left",
            ),
            (
                60,
                "[=====     ]  50% 11 of 24 hours, 32.00 MiB/s, 32 s left",
            ),
            (46, "[=====     ]  50% 11 of 24 hours, 32 s left"),
            (40, "[=====     ]  50% 11 of 24 hours"),
            (20, "[=====     ]  50%"),
            (10, "50%"),
            (3, ""),
            (0, ""),
        ] {
            let drawn = bar(&HALF, 32.0, width);
            assert_eq!(drawn, expected, "{width}");
            assert!(drawn.len() < width.max(1), "{width}");
        }
    }

    #[test]
    fn a_bar_is_full_at_the_end_and_not_before() {
        let at = |bytes| {
            let now = Snapshot { bytes, ..HALF };
            bar(&now, 0.0, 20)
        };
        assert_eq!(at((2 << 30) - 1), "[========= ]  99%");
        assert_eq!(at(2 << 30), "[==========] 100%");
        assert_eq!(at(0), "[          ]   0%");
        let settling = Snapshot { hours: 24, ..HALF };
        assert_eq!(bar(&settling, 0.0, 20), "[==========] 100%");
        assert!(!line(&settling, 32.0).contains("left"));
    }

    #[test]
    fn long_times_are_told_in_hours() {
        assert_eq!(duration(59.4), "59 s");
        assert_eq!(duration(185.0), "3 min 05 s");
        assert_eq!(duration(7500.0), "2 h 05 min");
    }
}
