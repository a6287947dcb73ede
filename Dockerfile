# groundline as a container, also in place of SageMaker's merger and analyzer: docs/switching.md.
#   docker build -t groundline .
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --profile dist --bin groundline

FROM debian:bookworm-slim
# For S3, GCS and Azure.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/target/dist/groundline /usr/local/bin/groundline
# No USER: SageMaker makes the folders below /opt/ml as root, and a processing job that is another user can neither write
# its output nor leave its exit message. Elsewhere, `docker run --user` does.
ENTRYPOINT ["groundline"]
