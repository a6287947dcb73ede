//! The shape of the repository, as design.md "Layout" draws it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use groundline_engine::shipped_statements;

use crate::harness::files;

/// Which siblings a crate may name; a crate that is not here must be added with a thought.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("capture", &[]),
    ("store", &[]),
    ("quality", &[]),
    ("synth", &[]),
    ("engine", &["capture", "store", "quality"]),
    ("report", &["quality"]),
    ("monitor", &["engine", "report", "quality", "store"]),
    // Executors reach buckets by credentials of their own.
    ("cluster", &["engine", "store"]),
];

/// What a crate must do without: no IO, no async, no DataFusion, no network.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "capture",
        &["object_store", "tokio", "futures", "async-trait"],
    ),
    (
        "quality",
        &["object_store", "tokio", "futures", "async-trait"],
    ),
    (
        "report",
        &["object_store", "tokio", "futures", "async-trait"],
    ),
    ("synth", &["object_store", "arrow", "parquet", "tokio"]),
];

/// The crates that may name datafusion.
const DATAFUSION: &[&str] = &["engine", "cluster"];

/// Lines after which a file wants to be two.
const MOST_LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Dependencies of every workspace package, all kinds, by the package's name without `groundline-`.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    packages
        .iter()
        .map(|package| {
            let needs = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(name)
                .collect();
            (short(&name(package)).to_owned(), needs)
        })
        .collect()
}

fn short(package: &str) -> &str {
    package.strip_prefix("groundline-").unwrap_or(package)
}

/// Source files of the product, tests, examples and benches left out.
fn product_sources() -> Vec<PathBuf> {
    files(&root().join("crates"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "rs"))
        .filter(|file| {
            let below = file.strip_prefix(root()).unwrap();
            !below
                .iter()
                .any(|part| part == "tests" || part == "examples" || part == "benches")
        })
        .collect()
}

#[test]
fn crates_name_only_the_siblings_below_them() {
    for (package, needs) in dependencies() {
        if package == "groundline" {
            continue;
        }
        let (_, allowed) = SIBLINGS
            .iter()
            .find(|(name, _)| *name == package)
            .unwrap_or_else(|| panic!("crate `{package}` has no place in design.md \"Layout\""));
        for need in needs.iter().filter(|need| need.starts_with("groundline-")) {
            assert!(
                allowed.contains(&short(need)),
                "`{package}` names `{need}`; it may name {allowed:?}"
            );
        }
    }
}

#[test]
fn only_engine_and_cluster_name_datafusion() {
    for (package, needs) in dependencies() {
        let named: Vec<_> = needs
            .iter()
            .filter(|need| need.starts_with("datafusion"))
            .collect();
        assert!(
            named.is_empty() || DATAFUSION.contains(&package.as_str()),
            "`{package}` names {named:?}"
        );
    }
}

#[test]
fn decoders_know_no_storage_and_no_runtime() {
    let dependencies = dependencies();
    for (package, foreign) in FOREIGN {
        let Some(needs) = dependencies.get(*package) else {
            continue;
        };
        for name in *foreign {
            assert!(!needs.contains(*name), "`{package}` names `{name}`");
        }
    }
}

#[test]
fn every_crate_is_a_member_and_in_the_architecture_page() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let known = dependencies();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // The source of the binary belongs to the product package.
        assert!(
            name == "cli" || known.contains_key(&name),
            "crates/{name} is no workspace member"
        );
        assert!(
            page.contains(&format!("`{name}`")) || page.contains(&format!("{name}/")),
            "ARCHITECTURE.md does not speak of crates/{name}"
        );
    }
}

#[test]
fn files_say_what_they_hold() {
    for file in product_sources() {
        let below = file.strip_prefix(root()).unwrap();
        for part in below.with_extension("").iter() {
            let part = part.to_str().unwrap();
            let says_nothing = [
                "common", "core", "util", "utils", "helper", "helpers", "misc",
            ];
            assert!(
                !says_nothing.contains(&part),
                "{}: name what is in it",
                below.display()
            );
        }
    }
}

/// A source without the tests in it; a file that is all tests is none.
fn product_text(file: &Path, test_modules: &BTreeSet<String>) -> String {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    if test_modules.contains(stem) {
        return String::new();
    }
    let text = fs::read_to_string(file).unwrap();
    match text.find("#[cfg(test)]\nmod tests {") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Names of modules that only tests have, as in `#[cfg(test)] mod pruning;`.
fn test_modules(sources: &[PathBuf]) -> BTreeSet<String> {
    let texts = sources.iter().map(|file| fs::read_to_string(file).unwrap());
    let named = |text: String| -> Vec<String> {
        text.split("#[cfg(test)]\nmod ")
            .skip(1)
            .filter_map(|rest| rest.lines().next()?.strip_suffix(';').map(str::to_owned))
            .collect()
    };
    texts.flat_map(named).collect()
}

#[test]
fn product_files_are_at_most_500_lines() {
    let sources = product_sources();
    let test_modules = test_modules(&sources);
    let long: Vec<String> = sources
        .iter()
        .map(|file| (file, product_text(file, &test_modules).lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(file, lines)| format!("{}: {lines}", file.display()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_statement_on_disk_is_shipped_and_no_other() {
    let folder = root().join("sql");
    let on_disk: BTreeMap<String, String> = files(&folder)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "sql"))
        .map(|file| {
            let name = file.strip_prefix(&folder).unwrap().with_extension("");
            (
                name.to_str().unwrap().to_owned(),
                fs::read_to_string(&file).unwrap(),
            )
        })
        .collect();
    let shipped: BTreeMap<String, String> = shipped_statements()
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    assert_eq!(on_disk, shipped);
}

#[test]
fn every_statement_is_in_the_page_of_the_sql_folder() {
    let page = fs::read_to_string(root().join("sql/README.md")).unwrap();
    for (name, _) in shipped_statements() {
        assert!(
            page.contains(&format!("`{name}.sql`")),
            "sql/README.md does not speak of {name}"
        );
    }
}
