//! `groundline-cluster`: the nodes of a cluster.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    groundline_cluster::command(std::env::args_os())
}
