//! The memory limit and the folder for what does not fit below it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use groundline_synth::{Options, generate};

use crate::harness::{Run, Scratch, capture, files, label};

/// A scratch folder with one capture and its label.
fn inputs() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .write(
            "cap/ep/AllTraffic/2026/11/01/00/a.jsonl",
            capture("e1", None, "2026-11-01T00:10:00Z", "0.7"),
        )
        .write("gt/2026/11/01/01/l.jsonl", label("e1", "1"));
    scratch
}

const MERGE: [&str; 8] = [
    "merge",
    "--captures",
    "cap",
    "--labels",
    "gt",
    "--out",
    "out",
    "--all",
];

/// Many rows in an order that no source has.
const SORT: &str = "SELECT value, repeat('x', 100) AS pad FROM generate_series(1, 1000000) \
                    ORDER BY value * 7919 % 1000003";

fn sort(scratch: &Scratch, temp_dir: &str) -> Run {
    scratch.run(&[
        "sql",
        "--threads",
        "2",
        "--memory-limit",
        "256MB",
        "--temp-dir",
        temp_dir,
        "--out",
        "sorted.parquet",
        "-c",
        SORT,
    ])
}

#[test]
fn memory_limit_takes_a_percentage() {
    let scratch = inputs();
    for limit in ["50%", "300MB", "1.5GiB"] {
        let merge = [&MERGE[..], &["--memory-limit", limit]].concat();
        scratch.run(&merge).expect_status(0);
        let sql = ["sql", "--memory-limit", limit, "-c", "SELECT 1"];
        scratch.run(&sql).expect_status(0);
    }
}

#[test]
fn memory_limit_below_256_mb_is_refused_with_the_place_where_it_was_written() {
    let scratch = inputs();
    let why = ": `64MB` is less than 256MB, where the buffers of one reader and one writer do not fit; \
               give 256MB or more";
    let merge = [&MERGE[..], &["--memory-limit", "64MB"]].concat();
    let flag = scratch.run(&merge).expect_status(2).stderr;
    assert_eq!(flag, format!("error: --memory-limit{why}\n"));
    let variable = scratch
        .run_with(&MERGE, &[("GROUNDLINE_MEMORY_LIMIT", "64MB")])
        .expect_status(2)
        .stderr;
    assert_eq!(variable, format!("error: GROUNDLINE_MEMORY_LIMIT{why}\n"));
    scratch.write("g.toml", "[run]\nmemory_limit = \"64MB\"\n");
    let merge = [&MERGE[..], &["--config", "g.toml"]].concat();
    let file = scratch.run(&merge).expect_status(2).stderr;
    assert_eq!(file, format!("error: `memory_limit` at g.toml:2{why}\n"));
    assert!(!scratch.path("out").exists());
}

#[test]
fn temp_dir_that_is_a_file_is_refused() {
    let scratch = inputs();
    scratch.write("file", "");
    let merge = [&MERGE[..], &["--temp-dir", "file"]].concat();
    let sql = ["sql", "--temp-dir", "file", "-c", "SELECT 1"];
    for arguments in [&merge[..], &sql] {
        let said = scratch.run(arguments).expect_status(2).stderr;
        let start = "error: --temp-dir: `file` cannot hold temporary files\n  caused by: ";
        assert!(said.starts_with(start), "{said}");
        assert!(said.contains("directory"), "{said}");
        assert!(
            said.contains("\nhint: what does not fit below --memory-limit"),
            "{said}"
        );
    }
    assert!(!scratch.path("out").exists());
}

#[test]
fn temp_dir_that_is_absent_is_refused_and_not_made() {
    let scratch = inputs();
    scratch.write("conf/g.toml", "[run]\ntemp_dir = \"none\"\n");
    let merge = [&MERGE[..], &["--config", "conf/g.toml"]].concat();
    let said = scratch.run(&merge).expect_status(2).stderr;
    let start = "error: `temp_dir` at conf/g.toml:2: `conf/none` cannot hold temporary files\n";
    assert!(said.starts_with(start), "{said}");
    assert!(!scratch.path("conf/none").exists() && !scratch.path("out").exists());
}

#[test]
fn a_folder_of_the_platform_that_is_absent_is_refused_with_the_flag_to_use() {
    let scratch = inputs();
    let said = scratch
        .run_with(&MERGE, &[("TMPDIR", "/no/such/folder")])
        .expect_status(2)
        .stderr;
    let start = "error: --temp-dir is not given, and the platform's folder `/no/such/folder` \
                 cannot hold temporary files\n";
    assert!(said.starts_with(start), "{said}");
    assert!(said.contains("with --temp-dir"), "{said}");
    let given = [&MERGE[..], &["--temp-dir", "."]].concat();
    let environment = [("TMPDIR", "/no/such/folder")];
    scratch.run_with(&given, &environment).expect_status(0);
}

#[test]
fn a_sort_larger_than_the_limit_completes_and_leaves_the_temp_dir_empty() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("tmp")).unwrap();
    sort(&scratch, "tmp").expect_status(0);
    assert_eq!(fs::read_dir(scratch.path("tmp")).unwrap().count(), 0);
    let explained = scratch
        .run(&[
            "sql",
            "--threads",
            "2",
            "--memory-limit",
            "256MB",
            "--temp-dir",
            "tmp",
            "--output",
            "csv",
            "-c",
            &format!("EXPLAIN ANALYZE {SORT}"),
        ])
        .expect_status(0)
        .stdout;
    assert!(explained.contains("spill_count="), "{explained}");
    assert!(
        explained
            .split("spill_count=")
            .skip(1)
            .any(|rest| !rest.starts_with('0')),
        "{explained}"
    );
}

/// A file system of one MiB, gone with the test. Only root can mount it.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where it may not be mounted.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(at)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self(at.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_temp_disk_is_named_and_left_empty() {
    let scratch = Scratch::new();
    let Some(disk) = SmallDisk::mount(&scratch.path("small")) else {
        // Not `println!`, whose text a passing test hides.
        writeln!(std::io::stderr(), "skipped: a small disk cannot be mounted").unwrap();
        return;
    };
    let said = sort(&scratch, "small").expect_status(1).stderr;
    assert_eq!(
        said,
        "error: cannot keep in the temporary folder `small` what memory does not hold\n  \
         caused by: No space left on device (os error 28)\n\
         hint: choose a folder on a disk with more room with --temp-dir, or raise --memory-limit\n"
    );
    assert_eq!(fs::read_dir(&disk.0).unwrap().count(), 0);
    drop(disk);
    assert!(
        files(&scratch.path("")).is_empty(),
        "no half-written result"
    );
}

#[test]
fn a_merge_that_fills_the_temp_disk_says_so_and_writes_no_hour() {
    let scratch = Scratch::new();
    let Some(disk) = SmallDisk::mount(&scratch.path("small")) else {
        writeln!(std::io::stderr(), "skipped: a small disk cannot be mounted").unwrap();
        return;
    };
    let options = Options {
        records: 20_000,
        hours: 1,
        truth: false,
        ..Options::default()
    };
    generate(&scratch.path("corpus"), &options).unwrap();
    let said = scratch
        .run(&[
            "merge",
            "--config",
            "corpus/groundline.toml",
            "--all",
            "--out",
            "out",
            "--quiet",
            "--plan",
            "spilled",
            "--temp-dir",
            "small",
        ])
        .expect_status(1)
        .stderr;
    assert!(
        said.contains("cannot keep in the temporary folder `small`")
            && said.contains("No space left on device")
            && said.contains("hint: choose a folder on a disk with more room with --temp-dir"),
        "{said}"
    );
    assert_eq!(fs::read_dir(&disk.0).unwrap().count(), 0);
    assert!(!scratch.path("out/merged").exists());
}

#[test]
fn a_statement_cannot_lift_the_limit() {
    let scratch = Scratch::new();
    for (statement, flag) in [
        (
            "SET datafusion.runtime.memory_limit = '100G'",
            "--memory-limit",
        ),
        ("RESET datafusion.runtime.memory_limit", "--memory-limit"),
        ("SET datafusion.runtime.temp_directory = '/'", "--temp-dir"),
    ] {
        let said = scratch.run(&["sql", "-c", statement]).expect_status(2);
        assert!(
            said.stderr.contains("is no setting of a session")
                && said.stderr.contains(&format!("hint: use {flag}\n")),
            "{}",
            said.stderr
        );
    }
    let batch = "SET datafusion.execution.batch_size = 100; SELECT 1";
    scratch.run(&["sql", "-c", batch]).expect_status(0);
}

#[test]
fn a_query_that_cannot_spill_says_what_to_raise() {
    let scratch = Scratch::new();
    // The build side of a hash join stays in memory.
    let side = "(SELECT value, repeat('x', 100) || value AS pad FROM generate_series(1, 3600000))";
    let join = format!("SELECT max(a.pad || b.pad) FROM {side} a JOIN {side} b USING (value)");
    let limits = ["--threads", "1", "--memory-limit", "256MB"];
    let said = scratch
        .run(&[&["sql"], &limits[..], &["-c", &join]].concat())
        .expect_status(1)
        .stderr;
    assert!(said.contains("\nhint: raise --memory-limit"), "{said}");
}
