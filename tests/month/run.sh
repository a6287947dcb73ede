#!/usr/bin/env bash
# A month of an hourly schedule over labels up to a week late, each window against a computation of its own (check.py).
# Usage: bash tests/month/run.sh [GROUNDLINE] [FOLDER]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
groundline="$(realpath "${1:-target/release/groundline}")"
folder="${2:-$(mktemp -d)}"
"$groundline" synth --out "$folder/data" --records 74400 --hours 744 --files-per-hour 2 --late 0.6 --latest 168 \
  --no-truth --quiet
cat >> "$folder/data/groundline.toml" <<'TOML'

[[schedule]]
name = "hourly"
expression = "cron(0 * ? * * *)"
min_coverage = 0.9
restate_step = 0.25
TOML
run=("$groundline" schedule run --config "$folder/data/groundline.toml" --from 2026-11-01T01 --ok no-input --quiet)
time "${run[@]}" --until 2026-12-09T00 > "$folder/said"
"$groundline" runs list --out "$folder/data/merged" --output json > "$folder/runs.json"
python3 "$here/check.py" "$folder/data" "$folder/runs.json"
