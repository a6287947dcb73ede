# groundline as a container, also in place of SageMaker's merger and analyzer: docs/switching.md.
#   docker build -t groundline .
# With the nodes of a cluster beside it (docs/cluster.md):
#   docker build --build-arg FEATURES=cluster -t groundline .
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
ARG FEATURES=
RUN set -eu; packages="-p groundline"; features=""; \
    if [ "$FEATURES" = cluster ]; then packages="$packages -p groundline-cluster"; features="--features groundline/cluster"; fi; \
    cargo build --locked --profile dist --bins $packages $features; \
    mkdir /built; cp target/dist/groundline /built/; if [ "$FEATURES" = cluster ]; then cp target/dist/groundline-cluster /built/; fi

FROM debian:bookworm-slim
# For S3, GCS and Azure.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /built/ /usr/local/bin/
# No USER: SageMaker makes the folders below /opt/ml as root, and a processing job that is another user can neither write
# its output nor leave its exit message. Elsewhere, `docker run --user` does.
ENTRYPOINT ["groundline"]
