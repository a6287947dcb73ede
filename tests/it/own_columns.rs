//! `[model.columns]`: what is said of values that do not fit.

use crate::harness::{Run, Scratch, capture, label};

/// A model of one hour with these columns; `inputs` are those of its captures, from `e-0` on.
fn scratch(columns: &str, inputs: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    let lines: String = (0..)
        .zip(inputs)
        .map(|(at, input)| {
            let id = format!("e-{at}");
            capture(&id, None, "2026-11-01T05:10:00Z", "0.9")
                .replace(r#""data":"1,2""#, &format!(r#""data":"{input}""#))
        })
        .collect();
    scratch
        .write("cap/ep/v/2026/11/01/05/a.jsonl", lines)
        .write("gt/2026/11/01/05/l.jsonl", label("e-0", "1"))
        .write(
            "groundline.toml",
            format!(
                "[[model]]\nname = \"m\"\ncaptures = \"cap\"\nlabels = \"gt\"\nprobability_attribute = \"0\"\n\
                 [model.columns]\n{columns}\n[output]\nuri = \"out\"\n\
                 [run]\nall = true\nas_of = 2026-11-02T00:00:00Z\n"
            ),
        );
    scratch
}

fn merge(scratch: &Scratch, plan: &str) -> Run {
    scratch.run(&["merge", "--plan", plan, "--output", "json"])
}

const PLANS: [&str; 3] = ["fast", "spilled", "reference"];

#[test]
fn a_column_that_stops_on_a_value_is_named_and_try_cast_is_the_way_out() {
    let plan = "plan = { from = \"input\", select = \"1\" }";
    for (columns, named) in [
        ("n = \"CAST(plan AS BIGINT)\"", "the column `n`"),
        // They share what stops them.
        (
            "n = { sql = \"CAST(plan AS BIGINT) % 7\", type = \"string\" }\nm = \"CAST(plan AS BIGINT) % 7 + 1\"",
            "the columns `m`, `n`",
        ),
    ] {
        let scratch = scratch(&format!("{plan}\n{columns}"), &["1,2", "1,gold"]);
        for plan in PLANS {
            let said = merge(&scratch, plan).expect_status(1).stderr;
            let told = "cannot compute the column";
            assert!(said.contains(told), "{plan}: {columns}: {said}");
            assert!(said.contains(named), "{plan}: {columns}: {said}");
            assert!(said.contains("gold"), "{plan}: {columns}: {said}");
            let hint = "\nhint: try_cast(… as …) gives null where a value does not fit\n";
            assert!(said.contains(hint), "{plan}: {columns}: {said}");
            assert!(!scratch.path("out/merged").exists());
        }
    }
    // Whatever else stops it.
    let columns = format!("{plan}\nother = \"plan || 'x'\"\nn = \"1 / (length(plan) - 4)\"");
    let zero = scratch(&columns, &["1,2", "1,gold"]);
    for plan in PLANS {
        let said = merge(&zero, plan).expect_status(1).stderr;
        assert!(
            said.contains("cannot compute the column `n`"),
            "{plan}: {said}"
        );
        assert!(said.contains("Divide by zero"), "{plan}: {said}");
    }
    let columns = format!("{plan}\nn = \"try_cast(plan AS BIGINT)\"");
    let scratch = scratch(&columns, &["1,2", "1,gold"]);
    for plan in PLANS {
        merge(&scratch, plan).expect_status(0);
        let rows = scratch.rows("out/merged");
        let found: Vec<_> = rows.iter().map(|row| row["n"].as_deref()).collect();
        assert_eq!(found, [Some("2"), None], "{plan}");
    }
}

#[test]
fn the_clock_and_chance_are_refused_by_name() {
    for (column, said) in [
        (
            "n = \"now()\"",
            "error: the column `n` calls now(), which gives another result each time\n",
        ),
        (
            "n = \"random() + 1\"",
            "error: the column `n` calls random(), which gives another result each time\n",
        ),
    ] {
        let scratch = scratch(column, &["1"]);
        let run = merge(&scratch, "fast").expect_status(2);
        assert!(run.stderr.starts_with(said), "{}", run.stderr);
        let hint = "hint: the same inputs must give the same hour files: ";
        assert!(run.stderr.contains(hint), "{}", run.stderr);
        assert_eq!(run.stderr.matches("hint: ").count(), 1, "{}", run.stderr);
    }
}

#[test]
fn values_that_do_not_fit_their_type_are_null_and_counted_once_a_record() {
    let columns = "age = { from = \"input\", select = \"0\", type = \"bigint\" }\n\
                   since = { from = \"input\", select = \"1\", type = \"timestamp\" }\n\
                   plan = { from = \"input\", select = \"2\" }";
    // Empty and absent values are no misfits, and `3.0` is a whole number.
    let inputs = [
        "41,2026-11-01T00:00:00Z,a",
        "many,yesterday,b",
        ",,",
        "3.0",
        "x",
    ];
    let scratch = scratch(columns, &inputs);
    // Each of two labels makes an observation of the second record.
    let labels: String = ["0", "1"].iter().map(|value| label("e-1", value)).collect();
    scratch.write("gt/2026/11/01/05/m.jsonl", labels);
    for plan in PLANS {
        let args = [
            "merge",
            "--plan",
            plan,
            "--output",
            "json",
            "--duplicate-labels",
            "all",
        ];
        let run = scratch.run(&args).expect_status(0);
        for said in [
            "own column `age`: values that do not fit bigint, and are null: 2\n",
            "own column `since`: values that do not fit timestamp, and are null: 1\n",
        ] {
            assert!(run.stderr.contains(said), "{plan}: {}", run.stderr);
        }
        let report = run.json();
        let notes = &report["models"][0]["ledger"]["notes"];
        assert_eq!(
            (&notes["misfit:age"], &notes["misfit:since"]),
            (&2.into(), &1.into()),
            "{plan}"
        );
        assert!(notes.get("misfit:plan").is_none(), "{notes}");
        let rows = scratch.rows("out/merged");
        let ages: Vec<_> = rows.iter().map(|row| row["age"].as_deref()).collect();
        assert_eq!(
            ages,
            [Some("41"), None, None, None, Some("3"), None],
            "{plan}"
        );
        assert!(
            rows[0].keys().all(|name| !name.starts_with("_own")),
            "{:?}",
            rows[0]
        );
        let ledger = scratch.rows("out/ledger");
        let noted = ledger
            .iter()
            .find(|row| row["bucket"].as_deref() == Some("misfit:age"))
            .unwrap();
        assert_eq!(
            (noted["side"].as_deref(), noted["count"].as_deref()),
            (Some("notes"), Some("2"))
        );
    }
    // What is not written is not looked at.
    let run = scratch
        .run(&["merge", "--output", "json", "--columns", "key,since"])
        .expect_status(0);
    assert!(
        run.json()["models"][0]["ledger"]["notes"]
            .get("misfit:age")
            .is_none()
    );
}
