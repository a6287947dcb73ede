#!/bin/sh
# Reads a corpus from moto's S3 (another implementation than the server of `cargo test`), where boto3 has put it, and
# from the folder that it came from: `merge` must write the same files, `sql` must print the same rows, and `init` must
# write the same configuration but for the URIs, which must merge unedited.
#
#   python3 -m venv venv && venv/bin/pip install 'moto[s3,server]' boto3
#   PYTHON=venv/bin/python tests/moto.sh target/debug/groundline
set -eu
groundline=$(realpath "$1")
python=$(realpath -s "$PYTHON")
port=${PORT:-5055}
work=$(mktemp -d)
"$python" -m moto.server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
cd "$work"

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_ENDPOINT_URL="http://127.0.0.1:$port"
export AWS_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true

"$groundline" synth --out corpus --records 20000 --hours 12 >/dev/null 2>&1
"$python" - <<'PYTHON'
import pathlib, time, boto3
s3 = boto3.client("s3")
for attempt in range(50):
    try:
        s3.create_bucket(Bucket="corpus", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        break
    except Exception:
        time.sleep(0.2)
files = [path for path in pathlib.Path("corpus").rglob("*") if path.is_file()]
for path in files:
    s3.upload_file(str(path), "corpus", f"some/prefix/{path.relative_to('corpus')}")
print(f"{len(files)} objects put by boto3 {boto3.__version__}")
PYTHON

# The corpus says how it is to be merged; a copy of that with the roots in the bucket.
sed "s|= \"captures|= \"s3://corpus/some/prefix/captures|; s|= \"labels|= \"s3://corpus/some/prefix/labels|" \
    corpus/groundline.toml >remote.toml
grep s3:// remote.toml
"$groundline" merge --config corpus/groundline.toml --out local --all --as-of 2030-01-01 --max-rejects 100% --quiet --output json >/dev/null
"$groundline" merge --config remote.toml --out remote --all --as-of 2030-01-01 --max-rejects 100% --quiet --output json >/dev/null
for folder in merged ledger unmatched; do
    diff -r "local/$folder" "remote/$folder"
done
echo "merge: $(find remote/merged -name '*.parquet' | wc -l) hour files, the same bytes"

query="select hour, endpoint, count(*), count(label), min(file), max(l.file) from predictions p
  left join latest_labels l on l.key = coalesce(p.inference_id, p.event_id)
  where p.hour is not null group by 1, 2 order by 1, 2"
query=$(echo "$query" | sed 's/select hour, endpoint/select p.hour, p.endpoint/; s/min(file)/min(p.file)/')
"$groundline" sql --config corpus/groundline.toml --output csv -c "$query" >local.csv
"$groundline" sql --config remote.toml --output csv --all -c "$query" >remote.csv
diff local.csv remote.csv
echo "sql: $(wc -l <remote.csv) lines, the same"
if "$groundline" sql --config remote.toml -c "select count(*) from captures" 2>refusal; then exit 1; fi
cat refusal

"$groundline" init --captures corpus/captures --labels corpus/labels --out o --config local-init.toml --yes >/dev/null
"$groundline" init --captures s3://corpus/some/prefix/captures --labels s3://corpus/some/prefix/labels --out o \
    --config remote-init.toml --yes >/dev/null
grep s3:// remote-init.toml
# The first lines name the file itself; elsewhere only the roots may differ.
sed 's|local-init|NAME|' local-init.toml >local.init
sed 's|remote-init|NAME|; s|s3://corpus/some/prefix/|corpus/|' remote-init.toml >remote.init
diff local.init remote.init
"$groundline" merge --config local-init.toml --out local-of-init --quiet --output json >/dev/null
"$groundline" merge --config remote-init.toml --out remote-of-init --quiet --output json >/dev/null
diff -r local-of-init/merged remote-of-init/merged
echo "init: $(wc -l <remote-init.toml) lines, the same but for the URIs, and they merge to the same bytes"
