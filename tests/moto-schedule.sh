#!/usr/bin/env bash
# A run of a schedule publishes to moto's CloudWatch, and boto3 reads back what the execution recorded.
# Usage: PYTHON=venv/bin/python bash tests/moto-schedule.sh target/debug/groundline
# (moto[cloudwatch,server] and boto3). moto does not check signatures, quotas or the age of points: tests/cloudwatch.sh.
set -euo pipefail
groundline=$(realpath "$1")
python=${PYTHON:-python3}
port=${PORT:-5057}
work=$(mktemp -d)
"$python" -m moto.server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
cd "$work"
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1
export AWS_EC2_METADATA_DISABLED=true AWS_ENDPOINT_URL_CLOUDWATCH="http://127.0.0.1:$port"
for _ in $(seq 100); do
  curl -fs "http://127.0.0.1:$port/moto-api/" >/dev/null && break
  sleep 0.2
done
start=$(date -u -d '5 hours ago' +%Y-%m-%dT%H)
"$groundline" synth --out data --start "$start" --hours 4 --records 800 --no-truth --quiet >/dev/null
cat >> data/groundline.toml <<'TOML'

[[schedule]]
name = "hourly"
expression = "@hourly"
publish = ["cloudwatch"]
TOML
"$groundline" schedule run-once hourly --config data/groundline.toml --at "$(date -u -d '2 hours ago' +%Y-%m-%dT%H)"
"$groundline" runs list --out data/merged --output json > runs.json
"$python" - <<'PYTHON'
import boto3, datetime, json
(run,) = json.load(open("runs.json"))
cloudwatch = boto3.client("cloudwatch", endpoint_url=__import__("os").environ["AWS_ENDPOINT_URL_CLOUDWATCH"])
namespace = "aws/sagemaker/Endpoints/model-metrics"
metrics = cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
start = datetime.datetime.fromisoformat(run["window"] + ":00:00+00:00")
recorded = {figure["metric"]: figure["value"] for figure in run["figures"]}
recorded |= {"label_coverage": run["label_coverage"], "run_completed": 1.0}
for metric in metrics:
    dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
    assert dimensions == {"Endpoint": run["endpoint"], "MonitoringSchedule": "hourly"}, dimensions
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    (found,) = cloudwatch.get_metric_data(
        MetricDataQueries=[query], StartTime=start - datetime.timedelta(hours=1), EndTime=start + datetime.timedelta(hours=1)
    )["MetricDataResults"]
    assert found["Values"] == [recorded[metric["MetricName"]]], (metric, found)
    assert found["Timestamps"] == [start], found
print(f"{len(metrics)} metrics of {run['id']} are read back equal")
PYTHON
