//! Labels of events with several records: rows or columns (design.md, "Several records").

use groundline_capture::{Encoding, LabelLayout, Selector, label_shape, label_value, label_values};

fn selector(text: &str) -> Option<Selector> {
    (!text.is_empty()).then(|| Selector::parse(text).unwrap())
}

/// The values for an event of as many records as there are; one by one and in bulk.
#[track_caller]
fn check(label: &str, encoding: Encoding, attribute: &str, values: &[Option<&str>]) {
    let attribute = selector(attribute);
    let count = u32::try_from(values.len()).unwrap();
    let shape = label_shape(Some(label), encoding, attribute.as_ref());
    assert!(shape.fits(count, LabelLayout::Auto), "{shape:?}");
    let one_by_one: Vec<_> = (0..count)
        .map(|index| {
            label_value(
                label,
                encoding,
                index,
                count,
                attribute.as_ref(),
                LabelLayout::Auto,
            )
        })
        .collect();
    let one_by_one: Vec<Option<&str>> = one_by_one.iter().map(Option::as_deref).collect();
    assert_eq!(one_by_one, values);
    let mut bulk = Vec::new();
    label_values(
        label,
        encoding,
        count,
        attribute.as_ref(),
        LabelLayout::Auto,
        |index, value| {
            assert_eq!(index as usize, bulk.len());
            bulk.push(value.map(String::from));
        },
    );
    let bulk: Vec<Option<&str>> = bulk.iter().map(Option::as_deref).collect();
    assert_eq!(bulk, values);
}

#[track_caller]
fn check_shape(label: &str, encoding: Encoding, attribute: &str, rows: u32, columns: u32) {
    let shape = label_shape(Some(label), encoding, selector(attribute).as_ref());
    assert_eq!(
        (shape.rows, shape.columns, shape.empty),
        (rows, columns, false)
    );
}

#[test]
fn rows_of_csv_are_one_value_a_record() {
    check("1", Encoding::Csv, "", &[Some("1")]);
    check(
        "\"1\" \n 0\n\n1",
        Encoding::Csv,
        "",
        &[Some("1"), Some("0"), Some("1")],
    );
    check("1,a\n0,b", Encoding::Csv, "1", &[Some("a"), Some("b")]);
    check("1,a\n0,b", Encoding::Csv, "-2", &[Some("1"), Some("0")]);
    check("1,a\n0,b", Encoding::Csv, "", &[Some("1,a"), Some("0,b")]);
    check("1,a", Encoding::Csv, "2", &[None]);
    check("1,a", Encoding::Csv, "label", &[None]);
}

#[test]
fn one_row_of_n_columns_is_one_value_a_record_when_n_is_more_than_one() {
    check(
        "a, \"b,c\",a",
        Encoding::Csv,
        "",
        &[Some("a"), Some("\"b"), Some("c\""), Some("a")],
    );
    check(
        "a,\"b,c\",a",
        Encoding::Csv,
        "",
        &[Some("a"), Some("b,c"), Some("a")],
    );
    check("a,b", Encoding::Csv, "", &[Some("a,b")]);
    check(
        "[1, 0,null,\"x\"]",
        Encoding::Json,
        "",
        &[Some("1"), Some("0"), None, Some("x")],
    );
    check(
        "{\"labels\":[1,0]}",
        Encoding::Json,
        "",
        &[Some("1"), Some("0")],
    );
    check(
        "{\"id\":7,\"labels\":[1,0]}",
        Encoding::Json,
        "labels",
        &[Some("1"), Some("0")],
    );
    check(
        "[{\"l\":1,\"m\":2},5]",
        Encoding::Json,
        "l",
        &[Some("1"), Some("5")],
    );
}

#[test]
fn json_records_give_the_attribute_or_their_only_value() {
    check("1", Encoding::Json, "", &[Some("1")]);
    check("\"yes\"", Encoding::Json, "", &[Some("yes")]);
    check("{\"label\": 1.0}", Encoding::Json, "", &[Some("1.0")]);
    check(
        "{\"label\":1,\"w\":2}",
        Encoding::Json,
        "label",
        &[Some("1")],
    );
    check(
        "{\"label\":1,\"w\":2}",
        Encoding::Json,
        "",
        &[Some("{\"label\":1,\"w\":2}")],
    );
    check("{\"label\":null}", Encoding::Json, "label", &[None]);
    check("{\"w\":1}", Encoding::Json, "label", &[None]);
    check("1\n0", Encoding::Json, "", &[Some("1"), Some("0")]);
    check(
        "{\"instances\":[{\"label\":1},{\"label\":0}]}",
        Encoding::Json,
        "",
        &[Some("1"), Some("0")],
    );
    check(
        "{\"instances\":[{\"label\":1},{\"label\":0}]}",
        Encoding::Json,
        "label",
        &[Some("1"), Some("0")],
    );
    check(
        "{\"instances\":[{\"label\":1}]}",
        Encoding::Json,
        "label",
        &[Some("1")],
    );
}

#[test]
fn a_projection_over_the_whole_label_pairs_by_position() {
    let label = "{\"instances\":[{\"label\":1,\"w\":1},{\"w\":2}]}";
    check(
        label,
        Encoding::Json,
        "instances[*].label",
        &[Some("1"), None],
    );
}

#[test]
fn a_list_of_one_is_the_value_of_one_record() {
    check("[1]", Encoding::Json, "", &[Some("1")]);
    check(
        "{\"labels\":[\"a\"]}",
        Encoding::Json,
        "labels",
        &[Some("a")],
    );
    check("[1,2]", Encoding::Json, "", &[Some("[1,2]")]);
}

#[test]
fn base64_labels_are_decoded() {
    // {"a":1}, and 1\n0
    check("eyJhIjoxfQ==", Encoding::Base64, "a", &[Some("1")]);
    check("MQow", Encoding::Base64, "", &[Some("1"), Some("0")]);
}

#[test]
fn empty_labels_fit_every_event() {
    for label in [None, Some(""), Some(" \n"), Some("null")] {
        let shape = label_shape(label, Encoding::Json, None);
        assert!(
            shape.empty && shape.fits(1, LabelLayout::Auto) && shape.fits(7, LabelLayout::Auto),
            "{label:?}"
        );
    }
    check("", Encoding::Csv, "", &[None, None]);
    check("null", Encoding::Json, "", &[None, None]);
}

#[test]
fn shapes_count_rows_and_the_columns_of_a_single_row() {
    check_shape("1", Encoding::Csv, "", 1, 1);
    check_shape("1,2,3", Encoding::Csv, "", 1, 3);
    check_shape("1\n2,3", Encoding::Csv, "", 2, 0);
    check_shape("[1,2]", Encoding::Json, "", 1, 2);
    check_shape("{\"a\":1,\"b\":[1,2]}", Encoding::Json, "b", 1, 2);
    check_shape("{\"a\":1,\"b\":[1,2]}", Encoding::Json, "", 1, 1);
    check_shape("[{},{}]", Encoding::Json, "", 2, 0);
}

#[test]
fn a_label_of_another_length_does_not_fit() {
    let fits = |label: &str, count: u32| {
        label_shape(Some(label), Encoding::Csv, None).fits(count, LabelLayout::Auto)
    };
    assert!(fits("1", 1) && !fits("1", 2));
    assert!(fits("1,2", 2) && fits("1,2", 1) && !fits("1,2", 3));
    assert!(fits("1\n2", 2) && !fits("1\n2", 1) && !fits("1\n2", 4));
}

#[test]
fn in_a_list_of_lists_the_attribute_selects_within_each_element() {
    check(
        "[[9,1],[9,0]]",
        Encoding::Json,
        "1",
        &[Some("1"), Some("0")],
    );
    check("[[1],[0]]", Encoding::Json, "0", &[Some("1"), Some("0")]);
}

#[test]
fn a_layout_that_was_named_is_the_only_one() {
    let shape = |label: &str, encoding| label_shape(Some(label), encoding, None);
    let row = shape("1,0,1", Encoding::Csv);
    assert!(row.fits(3, LabelLayout::Columns) && !row.fits(3, LabelLayout::Rows));
    assert!(row.fits(1, LabelLayout::Rows) && !row.fits(1, LabelLayout::Columns));
    let rows = shape("1\n0\n1", Encoding::Csv);
    assert!(rows.fits(3, LabelLayout::Rows) && !rows.fits(3, LabelLayout::Columns));
    let one = shape("1", Encoding::Csv);
    assert!(one.fits(1, LabelLayout::Rows) && one.fits(1, LabelLayout::Columns));
    let list = shape("[1,0]", Encoding::Json);
    assert!(list.fits(2, LabelLayout::Columns) && !list.fits(2, LabelLayout::Rows));
    // A row of three columns for three records, read by columns; one row for one record, whole or by its column.
    let value = |label, index, count, layout| {
        label_value(label, Encoding::Csv, index, count, None, layout).map(|v| v.into_owned())
    };
    assert_eq!(
        value("a,b,c", 1, 3, LabelLayout::Columns).as_deref(),
        Some("b")
    );
    assert_eq!(
        value("\"a\"", 0, 1, LabelLayout::Columns).as_deref(),
        Some("a")
    );
    assert_eq!(
        value("a,b,c", 0, 1, LabelLayout::Rows).as_deref(),
        Some("a,b,c")
    );
    for layout in [LabelLayout::Auto, LabelLayout::Rows, LabelLayout::Columns] {
        assert!(label_shape(None, Encoding::Csv, None).fits(5, layout));
        assert_eq!(LabelLayout::parse(layout.as_str()), Some(layout));
    }
}
