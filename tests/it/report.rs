//! `groundline report` as a user runs it: its numbers against those of `quality` and `runs`.

mod compared;
mod executions;
mod hostile;
mod measured;
mod refused;

use std::fs;

use crate::harness::{Run, Scratch};

/// Ten records an hour for half a day, half of the labels late by up to a week.
fn corpus() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .run(&[
            "synth",
            "--out",
            "d",
            "--records",
            "1200",
            "--hours",
            "12",
            "--late",
            "0.5",
            "--seed",
            "7",
        ])
        .expect_status(0);
    scratch
}

/// The corpus, merged to `out`.
fn merged() -> Scratch {
    let scratch = corpus();
    run(&scratch, "merge --config d/groundline.toml --out out --all").expect_status(0);
    scratch
}

/// Arguments without blanks in them.
fn run(scratch: &Scratch, args: &str) -> Run {
    scratch.run(&args.split_whitespace().collect::<Vec<_>>())
}

/// The page that `report ARGS` writes to `page.html`; its blanks are plain ones.
#[track_caller]
fn page(scratch: &Scratch, args: &str) -> String {
    run(scratch, &format!("report {args} -o page.html")).expect_status(0);
    let page = fs::read_to_string(scratch.path("page.html")).unwrap();
    plain(&page)
}

/// With plain blanks.
fn plain(page: &str) -> String {
    page.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ")
}

/// The part of a page with an id.
#[track_caller]
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let start = page
        .find(&format!("<section id=\"{id}\""))
        .unwrap_or_else(|| panic!("no section {id}"));
    let rest = &page[start..];
    &rest[..rest.find("</section>").unwrap()]
}

/// What a reader sees of some HTML.
fn seen(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// The cells of every row in some HTML, as text.
fn rows(html: &str) -> Vec<Vec<String>> {
    let rows = html.split("<tr").skip(1);
    rows.map(|row| {
        let row = row.split_once('>').unwrap().1;
        let row = row.split("</tr>").next().unwrap();
        let cells = row.replace("</th>", "</td>");
        let mut cells: Vec<String> = cells.split("</td>").map(seen).collect();
        cells.pop();
        cells
    })
    .collect()
}

/// The row that begins with a cell.
#[track_caller]
fn row(html: &str, first: &str) -> Vec<String> {
    let mut rows = rows(html).into_iter();
    rows.find(|row| row.first().is_some_and(|cell| cell == first))
        .unwrap_or_else(|| panic!("no row {first} in {}", seen(html)))
}

/// Whether a number is printed as what it is, to the digits that are printed.
#[track_caller]
fn assert_prints(printed: &str, value: f64) {
    let plain = printed.replace('−', "-").replace(' ', "");
    let number: f64 = plain
        .parse()
        .unwrap_or_else(|_| panic!("`{printed}` is no number"));
    let digits = plain.split_once('.').map_or(0, |(_, digits)| digits.len());
    let half = 0.5 * 10f64.powi(-i32::try_from(digits).unwrap()) + 1e-12;
    assert!((number - value).abs() <= half, "`{printed}` for {value}");
}
