//! `config show`.

use crate::harness::Scratch;

#[test]
fn config_show_names_every_flag_of_merge_once() {
    let scratch = Scratch::new();
    let shown = scratch
        .run(&["config", "show", "--output", "json"])
        .expect_status(0)
        .json();
    let mut keys: Vec<String> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.get("key").unwrap().as_str().unwrap().to_owned())
        .collect();
    let help = scratch.run(&["merge", "--help"]).expect_status(0).stdout;
    for word in help
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        let flag = word
            .trim_start_matches('-')
            .trim_matches(|c: char| !c.is_ascii_alphabetic());
        if help.contains(&format!("      --{flag}")) {
            assert!(
                keys.iter().any(|key| key == flag),
                "--{flag} is not in config show"
            );
        }
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn config_show_prints_a_table_with_one_row_for_each_setting_of_each_model() {
    let scratch = Scratch::new();
    scratch.write(
        "groundline.toml",
        "[[model]]\nname = \"a\"\nlabels = \"x\"\n[[model]]\nname = \"b\"\nlabels = \"y\"\n[output]\nuri = \"o\"\n",
    );
    let run = scratch
        .run_with(
            &["config", "show", "--join", "inner"],
            &[("GROUNDLINE_PLAN", "reference")],
        )
        .expect_status(0);
    let rows: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.first().unwrap(), &["model", "key", "value", "from"]);
    for expected in [
        ["a", "labels", "x", "groundline.toml:3"],
        ["b", "labels", "y", "groundline.toml:6"],
        ["b", "join", "inner", "flag --join"],
        ["", "out", "o", "groundline.toml:8"],
        ["", "plan", "reference", "environment GROUNDLINE_PLAN"],
        ["", "threads", "(all processors)", "default"],
        ["a", "endpoint", "(all)", "default"],
    ] {
        assert_eq!(
            rows.iter().filter(|row| ***row == expected).count(),
            1,
            "{expected:?}"
        );
    }
}
