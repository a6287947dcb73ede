"""The data of job E: labelled binary observations in one Parquet file, every probability another.

    python3 benches/compare/observations.py DIR [ROWS]

The columns are those of an hour file that a metric reads. The same seed gives the same rows, and with the same
pyarrow the same bytes.
"""

import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobs import OBSERVATIONS, ROWS

SEED, HOURS = 7, 48
FIRST_HOUR = np.datetime64("2026-11-01T00", "us")
ROW_GROUP = 512 * 1024
# Not on keys and probabilities: no two are the same.
DICTIONARY = ["hour", "prediction", "label"]
SCHEMA = pa.schema(
    {
        "key": pa.string(),
        "hour": pa.timestamp("us", tz="UTC"),
        "prediction": pa.string(),
        "probability": pa.float64(),
        "label": pa.string(),
    }
)

HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype="<u2")
DASHES = (8, 13, 18, 23)
DIGITS = [place for place in range(36) if place not in DASHES]


def probabilities(random, rows):
    """Distinct, most of them low: the cubes of one number from the middle half of each of `rows` equal steps."""
    steps = random.permutation(rows) + 0.25 + random.random(rows) / 2
    share = steps / rows
    return share * share * share  # a power would be rounded as the machine likes


def uuids(random, rows):
    """Random ids of version 4, as SageMaker's event ids."""
    ids = random.integers(0, 256, size=(rows, 16), dtype=np.uint8)
    ids[:, 6] = ids[:, 6] & 0x0F | 0x40
    ids[:, 8] = ids[:, 8] & 0x3F | 0x80
    text = np.full((rows, 36), ord("-"), dtype=np.uint8)
    text[:, DIGITS] = HEX[ids].view(np.uint8).reshape(rows, 32)
    offsets = np.arange(rows + 1, dtype=np.int32) * 36
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))


def classes(positive):
    return pa.DictionaryArray.from_arrays(pa.array(positive.astype(np.int8)), ["0", "1"]).cast(pa.string())


def row_groups(rows):
    """Tables of a row group each; the hours follow one another as in hour files read in order."""
    random = np.random.Generator(np.random.PCG64(SEED))
    probability = probabilities(random, rows)
    for start in range(0, rows, ROW_GROUP):
        scores = probability[start : start + ROW_GROUP]
        hour = (np.arange(start, start + len(scores)) * HOURS // rows).astype("timedelta64[h]")
        columns = [
            uuids(random, len(scores)),
            pa.array(FIRST_HOUR + hour, SCHEMA.field("hour").type),
            classes(scores >= 0.5),
            pa.array(scores),
            # A score that ranks fairly and is too sure of itself.
            classes(random.random(len(scores)) < 0.05 + 0.7 * scores),
        ]
        yield pa.table(columns, schema=SCHEMA)


def make(folder, rows=ROWS):
    """Writes the file; one that is there was written whole."""
    target = os.path.join(folder, OBSERVATIONS)
    os.makedirs(folder, exist_ok=True)
    with pq.ParquetWriter(f"{target}.part", SCHEMA, compression="zstd", use_dictionary=DICTIONARY) as writer:
        for table in row_groups(rows):
            writer.write_table(table, row_group_size=ROW_GROUP)
    os.replace(f"{target}.part", target)
    return target


if __name__ == "__main__":
    print(f"{make(*sys.argv[1:2], *map(int, sys.argv[2:3]))} made")
