use super::Job;
use crate::corpus::Corpus;
use crate::error::SynthError;
use crate::hour::Hour;
use crate::object::write_whole;
use crate::random::Stream;
use crate::text::{push_json_string, push_uuid};

/// A JSON array: the prefix, then keys relative to it (formats.md 2.1).
pub(super) fn write(
    corpus: &mut Corpus<'_>,
    hour: Hour,
    job: &Job,
    side: &str,
    names: &[String],
    stream: &mut Stream,
) -> Result<(), SynthError> {
    let job_in_prefix = stream.below(2) == 0;
    let between: &[u8] = if stream.below(2) == 0 { b"," } else { b",\n " };
    let mut prefix = format!("s3://synth-bucket/transform-{side}/");
    if job_in_prefix {
        prefix = format!("{prefix}{}/", job.name);
    }
    let mut text = b"[{\"prefix\":".to_vec();
    push_json_string(&mut text, prefix.as_bytes());
    text.push(b'}');
    for name in names {
        text.extend_from_slice(between);
        let key = if job_in_prefix {
            name.clone()
        } else {
            format!("{}/{name}", job.name)
        };
        push_json_string(&mut text, key.as_bytes());
    }
    text.extend_from_slice(b"]\n");
    let mut uuid = Vec::new();
    push_uuid(&mut uuid, stream.next(), stream.next());
    let key = format!(
        "transforms/{side}/{}/{}.json",
        hour.folder(),
        String::from_utf8_lossy(&uuid)
    );
    write_whole(corpus.out, &key, &text)?;
    corpus.summary.add_file(text.len() as u64);
    Ok(())
}
