//! Writes report pages over made-up data into a folder, to look at: `cargo run --example page -- FOLDER`.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use groundline_report::page::{Report, report_html, report_markdown};

mod classes;
mod made;
mod month;
mod others;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    let reports: Vec<(&str, Report)> = vec![
        ("month", month::month()),
        ("healthy", month::healthy()),
        ("compared", month::compared()),
        ("small", others::small()),
        ("empty", others::empty()),
        ("regression", others::regression()),
        ("multiclass", classes::multiclass(40)),
        ("thousand", classes::multiclass(1_000)),
        ("hostile", others::hostile()),
    ];
    let mut summary = String::new();
    for (name, report) in reports {
        let start = Instant::now();
        let page = report_html(&report);
        let took = start.elapsed();
        summary += &format!("{name}: {} kB in {took:.1?}\n", page.len() / 1_000);
        fs::write(folder.join(format!("{name}.html")), page)?;
        fs::write(folder.join(format!("{name}.md")), report_markdown(&report))?;
    }
    fs::write(folder.join("summary.txt"), summary)?;
    Ok(())
}
