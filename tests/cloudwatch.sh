#!/bin/sh
# Publishes points to moto's CloudWatch (another implementation of the service) and reads them back with boto3: names,
# dimensions, times and values must be equal. A second server checks the signature with botocore's own signer, which
# moto does not. And the points as OpenMetrics must pass the official parser, and Prometheus's promtool where there is
# one (Debian: `prometheus`), and come back equal from a database that it fills.
#
#   python3 -m venv venv && venv/bin/pip install 'moto[cloudwatch,server]' boto3 prometheus_client
#   cargo build -p groundline-monitor --example put_metric_data
#   PYTHON=venv/bin/python tests/cloudwatch.sh target/debug/examples/put_metric_data
set -eu
put=$(realpath "$1")
python=$(realpath -s "$PYTHON")
port=${PORT:-5056}
work=$(mktemp -d)
"$python" -m moto.server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
server=$!
trap 'kill $server $signer 2>/dev/null; rm -rf "$work"' EXIT
signer=
cd "$work"

export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_SESSION_TOKEN=token AWS_REGION=eu-west-1
export AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true
export AWS_ENDPOINT_URL_CLOUDWATCH="http://127.0.0.1:$port"
namespace=aws/sagemaker/Endpoints/model-metrics

# 17 metrics of 72 hours: two requests. Some values that are easily spoilt on the way.
"$python" - <<'PYTHON'
import datetime, json, os, random, time, urllib.request
random.seed(7)
now = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
names = ["recall", "precision", "auc", "f0_5", "violations", "label_coverage", "run_completed"] + [f"m{n}" for n in range(10)]
odd = [0.0, 1e-7, -1.3766, 0.1 + 0.2, 1.0, 1e100, 5e-100]
with open("points.jsonl", "w") as out:
    for at, name in enumerate(names):
        for hour in range(72):
            point = {
                "MetricName": name,
                "Timestamp": (now - datetime.timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Dimensions": [{"Name": "Endpoint", "Value": "churn prod & co+1%"}, {"Name": "MonitoringSchedule", "Value": "hourly"}],
                "Value": odd[at] if at < len(odd) and hour == 0 else random.random(),
            }
            out.write(json.dumps(point) + "\n")
for attempt in range(100):
    try:
        urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL_CLOUDWATCH"] + "/moto-api/")
        break
    except OSError:
        time.sleep(0.2)
PYTHON

"$put" "$namespace" <points.jsonl
# One that is too old, which moto would take, and CloudWatch would not.
sed 's/"Timestamp": "[^"]*"/"Timestamp": "2020-01-02T03:00:00Z"/' points.jsonl | head -1 >old.jsonl
"$put" "$namespace" <old.jsonl | grep 'recall is not published: its time is'

"$python" - "$namespace" <<'PYTHON'
import boto3, datetime, json, sys
namespace = sys.argv[1]
points = [json.loads(line) for line in open("points.jsonl")]
cloudwatch = boto3.client("cloudwatch")
listed = [metric for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace=namespace) for metric in page["Metrics"]]
names = sorted({point["MetricName"] for point in points})
# moto lists a metric once for each of its values.
assert sorted({metric["MetricName"] for metric in listed}) == names, listed[:3]
assert all(metric["Dimensions"] == points[0]["Dimensions"] for metric in listed), listed[0]
queries = [
    {"Id": f"q{at}", "MetricStat": {"Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": points[0]["Dimensions"]}, "Period": 3600, "Stat": "Average"}}
    for at, name in enumerate(names)
]
times = sorted(point["Timestamp"] for point in points)
parse = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
read = {}
for page in cloudwatch.get_paginator("get_metric_data").paginate(
    MetricDataQueries=queries, StartTime=parse(times[0]), EndTime=parse(times[-1]) + datetime.timedelta(hours=1)
):
    for result in page["MetricDataResults"]:
        for time, value in zip(result["Timestamps"], result["Values"]):
            read[names[int(result["Id"][1:])], time] = value
expected = {(point["MetricName"], parse(point["Timestamp"])): point["Value"] for point in points}
assert read == expected, (len(read), len(expected), list(read.items() ^ expected.items())[:4])
print(f"boto3 {boto3.__version__} reads {len(read)} values of {len(names)} metrics back, all equal")
PYTHON

# Refuses what botocore would have signed otherwise.
cat >signer.py <<'PYTHON'
import http.server, os, re, sys
import botocore.auth, botocore.awsrequest, botocore.credentials, datetime
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        given = self.headers["Authorization"]
        names = re.search("SignedHeaders=([^,]*)", given)[1].split(";")
        request = botocore.awsrequest.AWSRequest("POST", f"http://{self.headers['Host']}/", data=body, headers={n: self.headers[n] for n in names if n != "host"})
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]), "monitoring", os.environ["AWS_REGION"])
        text = signer.string_to_sign(request, signer.canonical_request(request))
        right = given.endswith("Signature=" + signer.signature(text, request)) and self.headers["X-Amz-Security-Token"] == "token"
        answer = b"<PutMetricDataResponse/>" if right else b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        self.send_response(200 if right else 403)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
PYTHON
"$python" signer.py $((port + 1)) &
signer=$!
sleep 1
AWS_ENDPOINT_URL_CLOUDWATCH="http://127.0.0.1:$((port + 1))" "$put" "$namespace" <points.jsonl
echo "signature: botocore's own"

"$put" openmetrics <points.jsonl >points.txt
"$python" - <<'PYTHON'
import datetime, json
from prometheus_client.openmetrics.parser import text_string_to_metric_families
read = {}
for family in text_string_to_metric_families(open("points.txt").read()):
    assert family.type == "gauge", family
    for sample in family.samples:
        assert sample.labels == {"endpoint": "churn prod & co+1%", "monitoring_schedule": "hourly"}, sample
        read[sample.name, float(sample.timestamp)] = sample.value
seconds = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
points = [json.loads(line) for line in open("points.jsonl")]
assert read == {("groundline_" + point["MetricName"], seconds(point["Timestamp"])): point["Value"] for point in points}
print(f"openmetrics: the official parser reads {len(read)} samples, all equal")
PYTHON
if promtool=$(command -v "${PROMTOOL:-promtool}"); then
    "$promtool" check metrics <points.txt
    "$promtool" tsdb create-blocks-from openmetrics points.txt tsdb >/dev/null
    mkdir -p tsdb/wal
    samples=$("$promtool" tsdb dump tsdb | grep -c groundline_)
    test "$samples" = "$(wc -l <points.jsonl)"
    echo "openmetrics: promtool takes it, and fills a database with $samples samples"
else
    echo "openmetrics: no promtool here"
fi
