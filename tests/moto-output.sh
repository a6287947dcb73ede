#!/bin/sh
# Writes to moto's S3 (another implementation than the server of `cargo test`) and reads it back with boto3: `merge` and
# `backfill` must leave the objects that they leave in a folder, late labels must be written without reading captures,
# encryption must be asked for, and `gc` must find an upload that nobody finished.
#
#   python3 -m venv venv && venv/bin/pip install 'moto[s3,server]' boto3 duckdb
#   PYTHON=venv/bin/python tests/moto-output.sh target/debug/groundline
set -eu
groundline=$(realpath "$1")
python=$(realpath -s "$PYTHON")
port=${PORT:-5056}
work=$(mktemp -d)
"$python" -m moto.server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
cd "$work"

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_ENDPOINT_URL="http://127.0.0.1:$port"
export AWS_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true

"$groundline" synth --out corpus --records 20000 --hours 12 --start 2026-11-01T00 >/dev/null 2>&1
cat >put.py <<'PYTHON'
import pathlib, sys, time, boto3
s3 = boto3.client("s3")
for attempt in range(50):
    try:
        s3.create_bucket(Bucket="corpus", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        break
    except s3.exceptions.BucketAlreadyOwnedByYou:
        break
    except Exception:
        time.sleep(0.2)
for path in pathlib.Path("corpus").rglob("*"):
    if path.is_file() and str(path).startswith(sys.argv[1]):
        s3.upload_file(str(path), "corpus", f"in/{path.relative_to('corpus')}")
PYTHON
cat >get.py <<'PYTHON'
import pathlib, sys, boto3
s3 = boto3.client("s3")
prefix, folder = sys.argv[1], pathlib.Path(sys.argv[2])
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="corpus", Prefix=prefix):
    for found in page.get("Contents", []):
        path = folder / found["Key"][len(prefix):]
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file("corpus", found["Key"], str(path))
PYTHON
"$python" put.py corpus/
hours="--from 2026-11-01T00 --to 2026-11-01T12 --as-of 2030-01-01"
local="--captures corpus/captures --labels corpus/labels --probability-attribute 0"
remote="--captures s3://corpus/in/captures --labels s3://corpus/in/labels --probability-attribute 0"

"$groundline" merge $local $hours --out local-merge --quiet --output json >/dev/null
"$groundline" merge $remote $hours --out s3://corpus/merge --quiet --output json >/dev/null
"$python" get.py merge/ remote-merge
for folder in merged ledger unmatched; do diff -r local-merge/$folder remote-merge/$folder; done
echo "merge: $(find remote-merge/merged -name '*.parquet' | wc -l) hour files in the bucket, the same bytes"

"$groundline" backfill $remote $hours --out s3://corpus/backfill --sse aws:kms --kms-key-id alias/groundline --quiet
"$python" get.py backfill/ remote-backfill
diff -r local-merge/merged remote-backfill/merged
"$python" - <<'PYTHON'
import boto3
s3 = boto3.client("s3")
found = s3.list_objects_v2(Bucket="corpus", Prefix="backfill/merged/")["Contents"][0]["Key"]
head = s3.head_object(Bucket="corpus", Key=found)
print("backfill: encrypted by", head["ServerSideEncryption"], head["SSEKMSKeyId"])
assert head["ServerSideEncryption"] == "aws:kms"
PYTHON

# Labels for one hour, collected later.
mkdir -p corpus/labels/2026/11/20/05
"$python" - <<'PYTHON'
import json
with open("corpus/truth/observations.jsonl") as lines, open("corpus/labels/2026/11/20/05/late.jsonl", "w") as out:
    for line in lines:
        seen = json.loads(line)
        if seen["hour"] == "2026-11-01T03:00:00Z":
            label = {"groundTruthData": {"data": "1", "encoding": "CSV"},
                     "eventMetadata": {"eventId": seen["key"]}, "eventVersion": "0"}
            print(json.dumps(label), file=out)
PYTHON
"$python" put.py corpus/labels/2026/11/20
captures() { grep -ac "GET /corpus/in/captures/.*jsonl" moto.log || true; }
before=$(captures)
"$groundline" backfill $remote $hours --out s3://corpus/backfill
echo "late labels: $(($(captures) - before)) captures were read, after $before so far"
rm -rf local-merge remote-backfill
"$groundline" merge $local $hours --out local-merge --quiet --output json >/dev/null
"$python" get.py backfill/ remote-backfill
diff -r local-merge/merged remote-backfill/merged
echo "late labels: the bytes of a merge"
"$groundline" backfill $remote $hours --out s3://corpus/backfill

"$python" - <<'PYTHON'
import duckdb
rows = duckdb.sql("select count(*), count(label) from 'remote-backfill/merged/**/*.parquet'").fetchall()
print("DuckDB", duckdb.__version__, "reads", rows)
import boto3
s3 = boto3.client("s3")
s3.create_multipart_upload(Bucket="corpus", Key="backfill/merged/unfinished")
PYTHON
"$groundline" gc --out s3://corpus/backfill --older-than PT0H
"$groundline" gc --out s3://corpus/backfill --older-than PT0H --yes --quiet >/dev/null
"$groundline" gc --out s3://corpus/backfill --older-than PT0H
"$groundline" status $remote $hours --out s3://corpus/backfill
