//! `groundline ddl`: what it prints over an output, without one, and for names that want escaping.
//! `tests/readers/` runs what is printed in the programs themselves.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use groundline_engine::COMMENT;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::harness::{Scratch, capture, files, label};

/// An output of two hours: three captures, one label, one unmatched label.
fn merged(flags: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    for (hour, id) in [("06", "e-1"), ("07", "e-2")] {
        scratch.write(
            &format!("captures/shop/AllTraffic/2026/11/01/{hour}/a.jsonl"),
            capture(id, None, &format!("2026-11-01T{hour}:00:00Z"), "0.9"),
        );
    }
    let labels = label("e-1", "1") + &label("e-9", "0");
    scratch.write("labels/2026/11/01/06/a.jsonl", labels);
    let merge = [
        "merge",
        "--captures",
        "captures",
        "--labels",
        "labels",
        "--all",
        "--as-of",
        "2026-11-02T00",
        "--probability-attribute",
        "0",
        "--out",
        "out",
        "--quiet",
    ];
    scratch.run(&[&merge[..], flags].concat()).expect_status(0);
    scratch
}

const READERS: [(&str, &str); 5] = [
    ("duckdb", "sql"),
    ("polars", "py"),
    ("pandas", "py"),
    ("athena", "sql"),
    ("spark", "sql"),
];

/// `GROUNDLINE_BLESS=1` writes the expectations anew; run them with `tests/readers/check.py` then.
#[test]
fn what_is_printed_over_a_small_output_is_what_was_checked() {
    let scratch = merged(&["--model", "churn"]);
    let bless = std::env::var_os("GROUNDLINE_BLESS").is_some();
    for (reader, extension) in READERS {
        for table in ["merged", "ledger"] {
            let run = scratch
                .run(&["ddl", reader, "--out", "out", "--table", table, "--quiet"])
                .expect_status(0);
            assert_eq!(run.stderr, "", "{reader}");
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
                "tests/readers/expected/{reader}-{table}.{extension}"
            ));
            if bless {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, &run.stdout).unwrap();
            }
            let expected = fs::read_to_string(&file).unwrap();
            assert_eq!(run.stdout, expected, "{}", file.display());
        }
    }
}

#[test]
fn without_an_output_the_columns_are_the_documented_ones() {
    let run = Scratch::new().run(&["ddl", "duckdb"]).expect_status(0);
    assert!(
        run.stdout.contains("'OUT/merged/model=*/"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("  \"label_position\",\n"),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("no output is given"), "{}", run.stderr);

    let run = Scratch::new()
        .run(&[
            "ddl",
            "duckdb",
            "--out",
            "nowhere",
            "--columns",
            "label,key",
        ])
        .expect_status(0);
    assert!(
        run.stdout
            .contains("SELECT\n  \"label\",\n  \"key\",\n  \"model\",\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("there is no folder `nowhere` yet"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_columns_are_those_of_the_hour_files() {
    let scratch = merged(&["--columns", "key,probability,label"]);
    let run = scratch
        .run(&["ddl", "spark", "--out", "out"])
        .expect_status(0);
    assert!(
        run.stdout.contains("(\n  `key` STRING COMMENT '"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("  `probability` DOUBLE COMMENT '"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("`event_id`"), "{}", run.stdout);
    let run = scratch
        .run(&["ddl", "spark", "--out", "out", "--columns", "key,event_id"])
        .expect_status(2);
    assert!(
        run.stderr
            .contains("the hour files have no column `event_id`"),
        "{}",
        run.stderr
    );
    let run = scratch
        .run(&[
            "ddl",
            "spark",
            "--out",
            "out",
            "--table",
            "ledger",
            "--columns",
            "count",
        ])
        .expect_status(2);
    assert!(
        run.stderr.contains("--columns is for the table merged"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_output_of_the_configuration_is_read() {
    let scratch = merged(&[]);
    scratch.write(
        "groundline.toml",
        "[output]\nuri = \"out\"\ncolumns = [\"key\"]\n",
    );
    let run = scratch.run(&["ddl", "polars"]).expect_status(0);
    assert!(run.stdout.contains("out/merged/model=*/"), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("columns = {\n    \"key\": pl.String,  # "),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("\"event_id\""), "{}", run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_model_that_is_not_there_is_an_error_that_names_those_that_are() {
    let scratch = merged(&["--model", "churn"]);
    let run = scratch
        .run(&["ddl", "duckdb", "--out", "out", "--model", "chrun"])
        .expect_status(2);
    assert!(
        run.stderr
            .contains("no model matches `chrun`; there are: churn"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stdout, "");
}

#[test]
fn a_model_without_rejects_has_a_reader_of_rejects() {
    let scratch = merged(&["--model", "churn"]);
    scratch.write(
        "captures/shop/AllTraffic/2026/11/01/06/bad.jsonl",
        "no record\n",
    );
    let merge = [
        "merge",
        "--captures",
        "captures",
        "--labels",
        "labels",
        "--all",
        "--max-rejects",
        "1",
        "--probability-attribute",
        "0",
        "--out",
        "out",
        "--model",
        "other",
        "--quiet",
    ];
    scratch.run(&merge).expect_status(0);
    for model in ["churn", "other"] {
        let run = scratch
            .run(&[
                "ddl", "duckdb", "--out", "out", "--table", "rejects", "--model", model,
            ])
            .expect_status(0);
        let glob = format!("'out/rejects/model={model}/endpoint=*/");
        assert!(run.stdout.contains(&glob), "{}", run.stdout);
        let told = run.stderr.contains("no run has left rejects");
        assert_eq!(told, model == "churn", "{}", run.stderr);
    }
}

#[test]
fn names_with_quotes_and_blanks_stay_inside_their_quotes() {
    let model = "it's \"a\" `b`";
    let scratch = merged(&["--model", model]);
    let printed = |reader: &str| {
        let args = [
            "ddl",
            reader,
            "--out",
            "out",
            "--model",
            model,
            "--location",
            "o'[1]\"\\",
        ];
        scratch.run(&args).expect_status(0).stdout
    };
    let folder = "model=it%27s%20%22a%22%20%60b%60";
    let duckdb = printed("duckdb");
    assert!(
        duckdb.contains(&format!("'o''[[]1]\"\\/merged/{folder}/")),
        "{duckdb}"
    );
    let polars = printed("polars");
    assert!(
        polars.contains(&format!("\"o'[[]1]\\\"\\\\/merged/{folder}/")),
        "{polars}"
    );
    let pandas = printed("pandas");
    assert!(pandas.contains("\"o'[1]\\\"\\\\/merged\""), "{pandas}");
    assert!(
        pandas.contains(r#"[("model", "==", "it's \"a\" `b`")]"#),
        "{pandas}"
    );
    let athena = printed("athena");
    assert!(
        athena.contains("LOCATION 'o\\'[1]\"\\\\/merged/'"),
        "{athena}"
    );
    assert!(athena.contains("'it%27s%20%22a%22%20%60b%60'"), "{athena}");
    let spark = printed("spark");
    assert!(spark.contains("basePath 'o\\'[1]\"\\\\/merged'"), "{spark}");
}

#[test]
fn athena_is_told_that_it_cannot_read_a_folder() {
    let scratch = merged(&[]);
    let run = scratch
        .run(&["ddl", "athena", "--out", "out"])
        .expect_status(0);
    assert!(
        run.stderr.contains("--location s3://BUCKET/PREFIX"),
        "{}",
        run.stderr
    );
    let run = scratch
        .run(&["ddl", "athena", "--out", "out", "--location", "s3://b/p/"])
        .expect_status(0);
    assert_eq!(run.stderr, "");
    for line in [
        "LOCATION 's3://b/p/merged/'",
        "'projection.endpoint.values' = 'shop'",
        "'projection.date.range' = '2026-11-01,NOW'",
        "'projection.hh.digits' = '2'",
        "date=${date}/hh=${hh}'",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
}

#[test]
fn a_file_that_is_no_parquet_is_named() {
    let scratch = merged(&[]);
    let file = files(&scratch.path("out/merged")).pop().unwrap();
    fs::write(&file, "no parquet").unwrap();
    let run = scratch
        .run(&["ddl", "duckdb", "--out", "out"])
        .expect_status(1);
    assert!(
        run.stderr
            .contains("cannot read the columns of `merged/model=default/endpoint=shop/"),
        "{}",
        run.stderr
    );
}

fn schema(file: &Path) -> SchemaRef {
    let file = fs::File::open(file).unwrap();
    Arc::clone(
        ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .schema(),
    )
}

#[test]
fn every_column_of_every_file_says_what_it_means() {
    let scratch = merged(&[]);
    let files = files(&scratch.path("out"));
    let parquet: Vec<_> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "parquet"))
        .collect();
    assert_eq!(
        parquet.len(),
        4,
        "two hours, unmatched labels and ledger: {parquet:?}"
    );
    for file in parquet {
        for field in schema(file).fields() {
            let comment = field.metadata().get(COMMENT);
            assert!(comment.is_some_and(|c| !c.is_empty()), "{}", field.name());
        }
        let bytes = fs::read(file).unwrap();
        let spark = b"org.apache.spark.sql.parquet.row.metadata";
        assert!(
            bytes.windows(spark.len()).any(|w| w == spark),
            "{}",
            file.display()
        );
    }
}
