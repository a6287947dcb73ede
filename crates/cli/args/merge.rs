//! `groundline merge`

use clap::Args;

use crate::args::groups::{
    ClusterArgs, IdArgs, InputArgs, JoinArgs, LimitArgs, RejectArgs, ResourceArgs, ResultArgs,
    StorageArgs, ValueArgs, WindowArgs,
};
use crate::args::label_table::LabelTableArgs;
use crate::config::value::Layer;

/// Joins the predictions of each hour with their labels and writes one Parquet file per hour to
/// OUT/merged, with the rejects, the unmatched labels and the ledger beside it. Each flag can be given
/// as GROUNDLINE_{FLAG} or in groundline.toml too; `groundline config show` says which one counts.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: groundline merge --captures datacapture --labels ground-truth --out merged \
                        --from 2026-11-01T00 --to 2026-11-02T00 --probability-attribute 0"
)]
pub(crate) struct MergeArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    ids: IdArgs,
    #[command(flatten)]
    label_table: LabelTableArgs,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    values: ValueArgs,
    #[command(flatten)]
    join: JoinArgs,
    #[command(flatten)]
    rejects: RejectArgs,

    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    resources: ResourceArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    result: ResultArgs,
}

/// What is written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct TargetArgs {
    /// Where to write: a folder, or s3://BUCKET/PREFIX (also gs://, az://, abfss://)
    #[arg(long, value_name = "DIR|URI")]
    out: Option<String>,

    /// Columns of the Parquet files, in their order there [default: all]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    columns: Vec<String>,

    /// `jsonl` also writes SageMaker's merged JSON Lines below OUT/merge [default: parquet]
    #[arg(long, value_name = "FORMAT", value_parser = ["parquet", "jsonl"])]
    format: Option<String>,

    /// `reference` runs the shipped SQL as it stands, `fast` gives the same rows sooner, `spilled` as `fast` does
    /// when labels do not fit the memory limit [default: fast]
    #[arg(long, value_name = "PLAN", value_parser = ["fast", "spilled", "reference"])]
    plan: Option<String>,
}

impl TargetArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("out", &self.out);
        layer.list("columns", &self.columns);
        layer.text("format", &self.format);
        layer.text("plan", &self.plan);
    }
}

impl MergeArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        self.input.settings(&mut layer);
        self.ids.settings(&mut layer);
        self.label_table.settings(&mut layer);
        self.window.settings(&mut layer);
        self.values.settings(&mut layer);
        self.join.settings(&mut layer);
        self.rejects.settings(&mut layer);
        self.limits.settings(&mut layer);
        self.target.settings(&mut layer);
        self.storage.settings(&mut layer);
        self.resources.settings(&mut layer);
        self.cluster.settings(&mut layer);
        self.result.settings(&mut layer);
        layer
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        merge: MergeArgs,
    }

    fn layer(words: &str) -> Layer {
        let words = std::iter::once("merge").chain(words.split_whitespace());
        Program::try_parse_from(words).unwrap().merge.layer()
    }

    #[test]
    fn every_flag_reaches_its_setting() {
        let words = "--config f --captures c --transforms t --map s3://b/p=x --transform-hour h --labels l \
            --label-files f --label-id i --label-value v --label-time t --label-sql s --label-sql-file f \
            --model m --label-id-field inferenceId --id-attribute -1 --where x --sql q.sql --match either --label-layout rows \
            --capture-percentage 20 --endpoint a --endpoint b --variant v --from f --to t --last P1D --all --as-of n \
            --problem-type Regression --inference-attribute -1 --probability-attribute 0 \
            --ground-truth-attribute label --probability-threshold 0.4 --positive-class -1 \
            --negative-class 0 --label-type string --duplicate-labels all --join inner --label-lead -P1D \
            --label-horizon P30D --max-rejects 1% --max-absent 2% --no-reject-bytes --max-record-bytes 1M --out o \
            --columns key,label --format jsonl --plan reference --threads 2 --batch-size 10 \
            --split-size 1M --memory-limit 1G --temp-dir d --sql-dir s \
            --endpoint-url http://u --region r --profile p --no-sign-request --cluster df://h:50050 --sse AES256 --kms-key-id k --output json --quiet --ok no-input,violations";
        let layer = layer(words);
        for setting in crate::config::setting::SETTINGS {
            // These are of `sql`, `quality`, `monitor`, `schedule` and `backfill` only.
            let of_others = [
                "min-coverage",
                "max-age",
                "restate-step",
                "publish",
                "publish-timestamp",
                "publish-all",
                "publish-restated",
                "cloudwatch-namespace",
                "cloudwatch-endpoint-url",
                "cloudwatch-file",
                "openmetrics-file",
                "in",
                "class-names",
                "constraints",
                "metrics-dir",
                "settle",
                "jobs",
                "shard",
            ];
            assert_eq!(
                layer.get(setting.key).is_some(),
                !of_others.contains(&setting.key),
                "--{}",
                setting.key
            );
        }
        let text = |key: &str| layer.get(key).unwrap().to_string();
        assert_eq!(text("inference-attribute"), "-1");
        assert_eq!(text("endpoint"), "a,b");
        assert_eq!(text("columns"), "key,label");
        assert_eq!(text("ok"), "no-input,violations");
        assert_eq!(text("all"), "true");
    }

    #[test]
    fn what_is_not_given_is_no_setting() {
        let layer = layer("");
        assert!(
            crate::config::setting::SETTINGS
                .iter()
                .all(|setting| layer.get(setting.key).is_none())
        );
    }
}
