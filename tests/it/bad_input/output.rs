//! The output folder.

use std::fs;

use super::{assert_says, column, good, inputs, merge};

#[test]
fn an_output_that_is_a_file_is_refused_and_stays() {
    let scratch = inputs();
    scratch.write("out", "mine");
    let run = merge(&scratch, &[]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: `out` is a file; a folder is expected"],
    );
    assert_eq!(fs::read_to_string(scratch.path("out")).unwrap(), "mine");
    let run = merge(&scratch, &[("out", "out/below")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["error: cannot write into the folder `out/below`"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_refused() {
    // Nobody, root included, can make a file in a process's folder.
    let scratch = inputs();
    for out in ["/proc/self", "/proc/self/out"] {
        let run = merge(&scratch, &[("out", out)]).expect_status(2);
        assert_says(
            &run.stderr,
            &[
                &format!("error: cannot write into the folder `{out}`"),
                "caused by: ",
            ],
        );
    }
}

#[test]
fn an_output_inside_an_input_is_refused_before_it_is_made() {
    for (settings, input) in [
        (&[("out", "cap")][..], "cap"),
        (&[("out", "cap/out")], "cap"),
        (&[("out", "./cap/../cap/ep/new")], "cap"),
        (&[("out", "gt/2026/out")], "gt"),
        (
            &[("out", "cap/ep/v/out"), ("captures", "cap/ep/v")],
            "cap/ep/v",
        ),
        (
            &[("out", "tr/out"), ("captures", "-"), ("transforms", "tr")],
            "tr",
        ),
    ] {
        let scratch = inputs();
        scratch.write(
            "tr/2026/11/01/05/a.csv.out",
            "0.9,e1,2026-11-01T05:00:00Z\n",
        );
        let before = scratch.hashes("");
        let run = merge(&scratch, settings).expect_status(2);
        let out = settings.first().unwrap().1;
        assert_says(
            &run.stderr,
            &[
                &format!("error: the output `{out}` lies inside the input `{input}`"),
                "hint: choose a folder outside the captures, transforms and labels with --out",
            ],
        );
        assert_eq!(scratch.hashes(""), before);
        assert!(!scratch.path("cap/out").exists() && !scratch.path("cap/ep/new").exists());
    }
}

#[test]
fn an_output_beside_the_variant_that_was_given_is_no_input() {
    let scratch = inputs();
    scratch.write("ep/v/2026/11/01/05/a.jsonl", good("e1"));
    merge(&scratch, &[("captures", "ep/v")]).expect_status(0);
    assert_eq!(column(&scratch.rows("out/merged"), "key"), ["e1"]);
}

#[cfg(unix)]
#[test]
fn an_output_that_a_link_leads_into_an_input_is_refused() {
    let scratch = inputs();
    std::os::unix::fs::symlink("cap", scratch.path("link")).unwrap();
    let run = merge(&scratch, &[("out", "link/out")]).expect_status(2);
    assert_says(
        &run.stderr,
        &["the output `link/out` lies inside the input `cap`"],
    );
    assert!(!scratch.path("cap/out").exists());
}
