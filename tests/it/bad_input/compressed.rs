//! Compressed files that are broken.

use super::{CAPTURES, assert_says, good, inputs, merge};

/// gzip of one stored block that claims `length` bytes, with the checksum and length of nothing.
fn gzip(content: &str, length: u16) -> Vec<u8> {
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01".to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(content.as_bytes());
    bytes.extend([0; 8]);
    bytes
}

#[test]
fn a_compressed_file_that_is_broken_fails_its_hour_and_names_the_file() {
    let many: String = (0..2_000).map(|n| good(&format!("g{n}"))).collect();
    for (name, bytes) in [
        ("z.jsonl.gz", b"this is no gzip at all".to_vec()),
        ("z.jsonl.gz", gzip(&good("e9"), 60_000)),
        (
            "z.jsonl.gz",
            gzip(&good("e9"), u16::try_from(good("e9").len()).unwrap()),
        ),
        ("z.jsonl.gz", b"\x1f\x8b\x08".to_vec()),
        ("z.jsonl.zst", b"this is no zstd".to_vec()),
        ("z.jsonl.zst", b"\x28\xb5\x2f\xfd\x04".to_vec()),
    ] {
        let scratch = inputs();
        scratch
            .write(CAPTURES, &many)
            .write(&format!("cap/ep/v/2026/11/01/05/{name}"), &bytes);
        for plan in ["fast", "spilled", "reference"] {
            let run = merge(&scratch, &[("plan", plan), ("max-rejects", "100%")]).expect_status(1);
            let file = format!("cannot read `ep/v/2026/11/01/05/{name}`");
            assert_says(&run.stderr, &[&file, "error: "]);
            assert!(!scratch.path("out/merged").exists(), "{plan} {bytes:?}");
        }
        let labels = format!("gt/2026/11/01/05/{name}");
        let scratch = inputs();
        scratch.write(&labels, &bytes);
        let run = merge(&scratch, &[("max-rejects", "100%")]).expect_status(1);
        assert_says(
            &run.stderr,
            &[&format!("error: cannot read `2026/11/01/05/{name}`")],
        );
        assert!(!scratch.path("out/merged").exists(), "{bytes:?}");
    }
}
