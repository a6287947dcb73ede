//! What stops a query: the function, the value and what to do are named.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use crate::options::Resources;
use crate::session::new_context;

/// The error of `SELECT {select} FROM (VALUES {values}) AS t (l, p)`.
async fn refusal(select: &str, values: &str) -> String {
    let context = new_context(&Resources::default(), 2).unwrap();
    let query = format!("SELECT {select} FROM (VALUES {values}) AS t (l, p)");
    let outcome = match context.sql(&query).await {
        Ok(frame) => frame.collect().await,
        Err(error) => Err(error),
    };
    outcome.map(|_| ()).unwrap_err().to_string()
}

#[tokio::test]
async fn a_value_that_is_neither_class_is_named_with_its_side() {
    let error = refusal("recall(l, p)", "('1', '1'), ('maybe', '0')").await;
    assert!(
        error.contains(
            "recall: the label `maybe` is neither `1` nor `0`; leave such rows out with WHERE, or name the classes: \
             recall(…, …, 'positive', 'negative')"
        ),
        "{error}"
    );
    let error = refusal("f1(l, p, 'yes', 'no')", "('yes', '1')").await;
    assert!(
        error.contains("f1: the prediction `1` is neither `yes` nor `no`"),
        "{error}"
    );
    let error = refusal("auc(l, p)", "('yes', 0.5)").await;
    assert!(
        error.contains("auc: the label `yes` is neither `1` nor `0`"),
        "{error}"
    );
    let error = refusal("recall(l, p, 'yes', 'no')", "(true, false)").await;
    assert!(
        error.contains("`true` is neither `yes` nor `no` (true is 1, false is 0)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_long_value_is_cut() {
    let values = format!("('{}', '1')", "ä".repeat(100));
    let error = refusal("mcc(l, p)", &values).await;
    let cut = format!("`{}…`", "ä".repeat(60));
    assert!(error.contains(&cut), "{error}");
}

#[tokio::test]
async fn a_probability_is_from_0_to_1() {
    for (value, shown) in [("1.5", "1.5"), ("'high'", "high"), ("-0.1", "-0.1")] {
        for metric in [
            "auc",
            "pr_auc",
            "log_loss",
            "brier_score",
            "expected_calibration_error",
        ] {
            let error = refusal(&format!("{metric}(l, p)"), &format!("('1', {value})")).await;
            let expected = format!(
                "{metric}: the probability `{shown}` is no number from 0 to 1; leave such rows out"
            );
            assert!(error.contains(&expected), "{error}");
        }
    }
    let error = refusal("brier_score(l, p)", "('1', 'NaN'::double)").await;
    assert!(error.contains("the probability `NaN`"), "{error}");
}

#[tokio::test]
async fn a_number_is_finite() {
    let error = refusal("mae(l, p)", "('12', '1'), ('twelve', '1')").await;
    assert!(
        error.contains("mae: the label `twelve` is no finite number; leave such rows out with WHERE finite_number(label)"),
        "{error}"
    );
    let error = refusal("r2(l, p)", "(1.0, 'inf'::double)").await;
    assert!(
        error.contains("r2: the prediction `inf` is no finite number"),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_text_is_no_class() {
    let error = refusal("accuracy(l, p)", "('a', ' ')").await;
    assert!(
        error.contains("accuracy: the prediction ` ` is no class"),
        "{error}"
    );
}

#[tokio::test]
async fn too_many_classes_are_refused() {
    let context = new_context(&Resources::default(), 2).unwrap();
    let query = "SELECT accuracy(value, value) FROM generate_series(1, 10001)";
    let error = context
        .sql(query)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("accuracy: more than 10000 classes"),
        "{error}"
    );
}

#[tokio::test]
async fn classes_are_two_constants() {
    let values = "('1', '1')";
    let error = refusal("recall(l, p, p)", values).await;
    assert!(
        error.contains("recall: the classes are constants"),
        "{error}"
    );
    let error = refusal("recall(l, p, '0')", values).await;
    assert!(
        error.contains("recall: `0` is both the positive and the negative class"),
        "{error}"
    );
    let error = refusal("recall(l, p, NULL)", values).await;
    assert!(
        error.contains("recall: a class is null or empty"),
        "{error}"
    );
    let error = refusal("mae(l, p, '1')", "(1, 1)").await;
    assert!(error.contains("mae"), "{error}");
}

#[tokio::test]
async fn distinct_is_refused() {
    for call in [
        "recall(DISTINCT l, p)",
        "auc(DISTINCT l, p)",
        "mae(DISTINCT l, p)",
    ] {
        let error = refusal(call, "(1, 1), (1, 1)").await;
        assert!(error.contains("leave DISTINCT out"), "{error}");
    }
    // One expression twice: DataFusion would group by it.
    let error = refusal("accuracy(DISTINCT l, l)", "(1, 1), (1, 1)").await;
    assert!(error.contains("DISTINCT"), "{error}");
}

#[tokio::test]
async fn a_window_that_slides_is_refused() {
    let error = refusal(
        "f2(l, p) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
        "(1, 1), (1, 1)",
    )
    .await;
    assert!(error.contains("f2"), "{error}");
}
