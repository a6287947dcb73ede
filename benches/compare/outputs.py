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


def digests(result):
    """A hash of each file's bytes, by its name below `result`."""
    found = {}
    for path in files(result):
        with open(path, "rb") as file:
            found[os.path.relpath(path, result)] = hashlib.file_digest(file, "sha256").digest()
    return found


def digest(result):
    """One hash of all names and bytes."""
    whole = hashlib.sha256()
    for name, bytes_of_file in digests(result).items():
        whole.update(name.encode() + b"\0" + bytes_of_file)
    return whole.hexdigest()
