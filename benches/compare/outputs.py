"""What a run left: its files, their size, their bytes."""

import hashlib
import os


def files(result):
    """Paths of a result's data files below it, in order; what Spark and we put beside them is not data."""
    if os.path.isfile(result):
        return [result]
    found = []
    for folder, _, names in os.walk(result):
        found += [os.path.join(folder, name) for name in names if name.endswith(".parquet")]
    return sorted(found)


def size(result):
    return sum(os.path.getsize(path) for path in files(result))


def digest(result):
    """One hash of all names and bytes."""
    whole = hashlib.sha256()
    for path in files(result):
        with open(path, "rb") as file:
            whole.update(os.path.relpath(path, result).encode() + b"\0")
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
