//! Writes a corpus and says how fast: `generate_speed OUT RECORDS HOURS [truth] [endpoint|csv|json|jsonl]`.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use groundline_synth::{Kind, Options, generate};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, records, hours, rest @ ..] = arguments.as_slice() else {
        return Err(
            "usage: generate_speed OUT RECORDS HOURS [truth] [endpoint|csv|json|jsonl]".into(),
        );
    };
    let has = |word: &str| rest.iter().any(|argument| argument == word);
    let kind = match () {
        () if has("csv") => Kind::Csv,
        () if has("json") => Kind::Json,
        () if has("jsonl") => Kind::Jsonl,
        () => Kind::Endpoint,
    };
    let options = Options {
        records: records.parse()?,
        hours: hours.parse()?,
        kind,
        truth: has("truth"),
        ..Options::default()
    };
    let start = Instant::now();
    let summary = generate(Path::new(out), &options)?;
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        io::stderr(),
        "{summary:?}\n{seconds:.2} s, {:.0} records/s, {:.0} MB/s",
        summary.predictions as f64 / seconds,
        summary.bytes as f64 / 1e6 / seconds,
    )?;
    Ok(())
}
