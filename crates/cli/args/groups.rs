//! Groups of flags that are settings: `config show` lists them, the environment and the file know them.

use clap::Args;

use crate::config::value::Layer;
use crate::exit::Accepted;

/// What is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// Configuration with [[model]] entries [default: ./groundline.toml, if there is one and neither
    /// --captures nor --transforms is given]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    /// Endpoint data capture: the prefix above {endpoint}/{variant}/yyyy/mm/dd/hh, or a folder inside; like
    /// every input a folder or s3://BUCKET/PREFIX (also gs://, az://, abfss://)
    #[arg(long, value_name = "DIR|URI")]
    captures: Option<String>,

    /// Batch transform: the data-capture prefix above output/yyyy/mm/dd/hh, or a folder of outputs
    #[arg(long, value_name = "DIR|URI")]
    transforms: Option<String>,

    /// Where the objects that a manifest names are; may be repeated
    #[arg(long, value_name = "s3://BUCKET/PREFIX=DIR|URI")]
    map: Vec<String>,

    /// Hour of transform outputs that neither a manifest, a path nor a record places
    #[arg(long, value_name = "yyyy-mm-ddThh")]
    transform_hour: Option<String>,

    /// Ground truth: the prefix above yyyy/mm/dd/hh
    #[arg(long, value_name = "DIR|URI")]
    labels: Option<String>,

    /// Name of the model; with [[model]] entries, which of them (a glob) [default: default]
    #[arg(long, value_name = "NAME|GLOB")]
    model: Option<String>,

    /// Only these endpoints (`*` and `?`; `_batch` stands for transforms); may be repeated
    #[arg(long, value_name = "GLOB")]
    endpoint: Vec<String>,

    /// Only these variants (`*` and `?`); may be repeated
    #[arg(long, value_name = "GLOB")]
    variant: Vec<String>,
}

impl InputArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("config", &self.config);
        layer.text("captures", &self.captures);
        layer.text("transforms", &self.transforms);
        layer.list("map", &self.map);
        layer.text("transform-hour", &self.transform_hour);
        layer.text("labels", &self.labels);
        layer.text("model", &self.model);
        layer.list("endpoint", &self.endpoint);
        layer.list("variant", &self.variant);
    }
}

/// Which hours of predictions.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Window")]
pub(crate) struct WindowArgs {
    /// First hour of predictions, UTC
    #[arg(long, value_name = "yyyy-mm-ddThh")]
    from: Option<String>,

    /// First hour of predictions that is left out, UTC
    #[arg(long, value_name = "yyyy-mm-ddThh")]
    to: Option<String>,

    /// The hours of so long until now, such as P30D: the last of them is the one that is going on
    #[arg(long, value_name = "DURATION")]
    last: Option<String>,

    /// Every hour there is
    #[arg(long)]
    all: bool,

    /// See no label folder that begins after this time [default: now]
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

impl WindowArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("from", &self.from);
        layer.text("to", &self.to);
        layer.text("last", &self.last);
        layer.switch("all", self.all);
        layer.text("as-of", &self.as_of);
    }
}

/// How payloads become values.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Values")]
pub(crate) struct ValueArgs {
    /// Kind of problem [default: BinaryClassification with a probability, else none]
    #[arg(long, value_name = "TYPE", value_parser = ["BinaryClassification", "MulticlassClassification", "Regression"])]
    problem_type: Option<String>,

    /// Where the predicted value is in an output: a CSV column (0, -1) or a path (predictions[0].label)
    #[arg(long, value_name = "SELECTOR", allow_hyphen_values = true)]
    inference_attribute: Option<String>,

    /// Where the probability of the positive class is in an output
    #[arg(long, value_name = "SELECTOR", allow_hyphen_values = true)]
    probability_attribute: Option<String>,

    /// Where the label is in a label record [default: the whole record]
    #[arg(long, value_name = "SELECTOR", allow_hyphen_values = true)]
    ground_truth_attribute: Option<String>,

    /// Probability from which on the prediction is the positive class [default: 0.5]
    #[arg(long, value_name = "0..1", allow_hyphen_values = true)]
    probability_threshold: Option<String>,

    /// Name of the positive class [default: 1]
    #[arg(long, value_name = "CLASS", allow_hyphen_values = true)]
    positive_class: Option<String>,

    /// Name of the negative class [default: 0]
    #[arg(long, value_name = "CLASS", allow_hyphen_values = true)]
    negative_class: Option<String>,

    /// `auto` makes "1", 1 and 1.0 one class, `string` compares the text [default: auto]
    #[arg(long, value_name = "TYPE", value_parser = ["auto", "string"])]
    label_type: Option<String>,
}

impl ValueArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("problem-type", &self.problem_type);
        layer.text("inference-attribute", &self.inference_attribute);
        layer.text("probability-attribute", &self.probability_attribute);
        layer.text("ground-truth-attribute", &self.ground_truth_attribute);
        layer.text("probability-threshold", &self.probability_threshold);
        layer.text("positive-class", &self.positive_class);
        layer.text("negative-class", &self.negative_class);
        layer.text("label-type", &self.label_type);
    }
}

/// Where records hold their ids.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct IdArgs {
    /// Where label records hold the id that they are matched by: a field of eventMetadata (inferenceId), or a
    /// path from the top (meta.id) [default: eventId]
    #[arg(long, value_name = "FIELD")]
    label_id_field: Option<String>,

    /// What holds the id of a prediction record, in its output or else its input, where SageMaker gave it none
    /// (GenerateInferenceId was off)
    #[arg(long, value_name = "SELECTOR", allow_hyphen_values = true)]
    id_attribute: Option<String>,
}

impl IdArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("label-id-field", &self.label_id_field);
        layer.text("id-attribute", &self.id_attribute);
    }
}

/// Which label meets which prediction.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Join")]
pub(crate) struct JoinArgs {
    /// Only predictions that meet this SQL condition over the columns of `predictions`; the others are `filtered`
    #[arg(long = "where", value_name = "SQL")]
    condition: Option<String>,

    /// File with a statement over `predictions` and `labels` of an hour that makes the hour files: it gives endpoint,
    /// variant, key, hour, file, position, record_index, and anything else
    #[arg(long, value_name = "FILE")]
    sql: Option<String>,

    /// `coalesce`: a label's id is the inference id, or the event id where there is none; `either`: one of them
    /// [default: coalesce]
    #[arg(long = "match", value_name = "IDS", value_parser = ["coalesce", "either"])]
    matching: Option<String>,

    /// How a label holds the values of several records: `rows` (a record each), `columns` (one row), or whichever
    /// fits [default: auto]
    #[arg(long, value_name = "LAYOUT", value_parser = ["auto", "rows", "columns"])]
    label_layout: Option<String>,

    /// Share of the requests that the endpoint captures, so that a match rate of so much reads as normal
    /// [default: 100]
    #[arg(long, value_name = "P%")]
    capture_percentage: Option<String>,

    /// Which label of a key counts when there are several [default: latest]
    #[arg(long, value_name = "POLICY", value_parser = ["latest", "first", "all", "error"])]
    duplicate_labels: Option<String>,

    /// `left` keeps predictions without a label, `inner` drops them [default: left]
    #[arg(long, value_name = "JOIN", value_parser = ["left", "inner"])]
    join: Option<String>,

    /// How long before its prediction's hour a label may be collected [default: P1D]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    label_lead: Option<String>,

    /// How long after its prediction's hour a label may be collected, or `unlimited` [default: unlimited]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    label_horizon: Option<String>,
}

impl JoinArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("where", &self.condition);
        layer.text("sql", &self.sql);
        layer.text("match", &self.matching);
        layer.text("label-layout", &self.label_layout);
        layer.text("capture-percentage", &self.capture_percentage);
        layer.text("duplicate-labels", &self.duplicate_labels);
        layer.text("join", &self.join);
        layer.text("label-lead", &self.label_lead);
        layer.text("label-horizon", &self.label_horizon);
    }
}

/// Records that cannot be read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Rejects")]
pub(crate) struct RejectArgs {
    /// How many unreadable records are accepted: of labels in all, of predictions in each hour [default: 0]
    #[arg(long, value_name = "N|P%")]
    max_rejects: Option<String>,

    /// How many outputs of an hour may have no value at an attribute [default: 1%]
    #[arg(long, value_name = "N|P%")]
    max_absent: Option<String>,

    /// Keep no bytes of rejected records
    #[arg(long)]
    no_reject_bytes: bool,
}

/// What no record may exceed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Rejects")]
pub(crate) struct LimitArgs {
    /// Reject longer records [default: 64MiB]
    #[arg(long, value_name = "SIZE")]
    max_record_bytes: Option<String>,
}

impl LimitArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("max-record-bytes", &self.max_record_bytes);
    }
}

impl RejectArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("max-rejects", &self.max_rejects);
        layer.text("max-absent", &self.max_absent);
        layer.switch("no-reject-bytes", self.no_reject_bytes);
    }
}

/// How the machine is used; no setting here changes a result.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Machine")]
pub(crate) struct ResourceArgs {
    /// Worker threads [default: the processors there are]
    #[arg(long, value_name = "N")]
    threads: Option<String>,

    /// Rows of a batch between operators [default: 8192]
    #[arg(long, value_name = "N")]
    batch_size: Option<String>,

    /// SQL reads larger plain files in pieces of this size [default: 16MiB]
    #[arg(long, value_name = "SIZE")]
    split_size: Option<String>,

    /// Memory that the process may hold, at least 256MB: a size (MB is 10^6, MiB and M are 2^20) or a
    /// share of what the machine, or the cgroup, has [default: 60%]
    #[arg(long, value_name = "SIZE|P%")]
    memory_limit: Option<String>,

    /// Folder for what does not fit below the memory limit; nothing stays there [default: the platform's]
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<String>,

    /// Folder of statements that replace shipped ones of the same name (`groundline sql --list`)
    #[arg(long, value_name = "DIR")]
    sql_dir: Option<String>,
}

impl ResourceArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("threads", &self.threads);
        layer.text("batch-size", &self.batch_size);
        layer.text("split-size", &self.split_size);
        layer.text("memory-limit", &self.memory_limit);
        layer.text("temp-dir", &self.temp_dir);
        layer.text("sql-dir", &self.sql_dir);
    }
}

/// Who does the work.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterArgs {
    /// Scheduler of a cluster that does the work, where one machine is not enough (docs/cluster.md); inputs and
    /// output must be where every executor reaches them [default: this machine alone]
    #[arg(long, value_name = "df://HOST:PORT")]
    cluster: Option<String>,
}

impl ClusterArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("cluster", &self.cluster);
    }
}

/// How remote stores are reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Storage")]
pub(crate) struct StorageArgs {
    /// An S3 service other than Amazon's, over http or https; without a region it is signed for as us-east-1
    /// [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, that of the profile]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// Region of the S3 buckets [default: AWS_REGION, that of the profile, else asked of each bucket]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Profile of ~/.aws for credentials and region, before those of the environment [default: AWS_PROFILE, default]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Read public buckets, without credentials
    #[arg(long)]
    no_sign_request: bool,

    /// Encryption that S3 is asked for when objects are written [default: that of the bucket]
    #[arg(long, value_name = "KIND", value_parser = ["AES256", "aws:kms", "aws:kms:dsse"])]
    sse: Option<String>,

    /// Key of AWS KMS for --sse aws:kms [default: that of the bucket, or Amazon's]
    #[arg(long, value_name = "ID|ARN")]
    kms_key_id: Option<String>,
}

impl StorageArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("endpoint-url", &self.endpoint_url);
        layer.text("region", &self.region);
        layer.text("profile", &self.profile);
        layer.switch("no-sign-request", self.no_sign_request);
        layer.text("sse", &self.sse);
        layer.text("kms-key-id", &self.kms_key_id);
    }
}

/// How a command talks.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Result")]
pub(crate) struct ResultArgs {
    /// Form of the result on stdout [default: table]
    #[arg(long, value_name = "FORM", value_parser = ["table", "json", "ndjson", "csv"])]
    output: Option<String>,

    /// Print only errors and warnings on stderr
    #[arg(long, short)]
    quiet: bool,

    /// Outcomes that count as success: `violations`, `no-input`
    #[arg(long, value_enum, value_delimiter = ',', value_name = "OUTCOME")]
    ok: Vec<Accepted>,
}

impl ResultArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("output", &self.output);
        layer.switch("quiet", self.quiet);
        let accepted: Vec<_> = self
            .ok
            .iter()
            .map(|outcome| outcome.name().to_owned())
            .collect();
        layer.list("ok", &accepted);
    }
}
