"""The same workload in Python's class-cache: prints one JSON object a backend.

Ends with 3 where class_cache or numpy is not installed.
"""

import json
import os
import random
import sys
import tempfile
from time import monotonic

# Where class_cache keeps its files; it is asked for when the package is imported.
home = tempfile.TemporaryDirectory()
os.environ["XDG_CACHE_HOME"] = home.name
os.environ["HOME"] = home.name

try:
    import numpy
    from class_cache import Cache
    from class_cache.backends import PickleBackend, SQLiteBackend
except ImportError:
    sys.exit(3)

EACH = 1024
WORDS = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(2, 10))) for _ in range(200)]


class Thing:
    def __init__(self, name, number):
        self.name = name
        self.number = number


def same(a, b):
    if isinstance(b, numpy.ndarray):
        return numpy.array_equal(a, b)
    return a.__dict__ == b.__dict__ if isinstance(b, Thing) else a == b


def measure(name, backend_type):
    numbers = numpy.random.default_rng(1)
    data = {}
    for index in range(EACH):
        data[f"arr_{index}"] = numbers.integers(0, 128, (1024, 32))
        data[f"str_{index}"] = " ".join(random.choices(WORDS, k=1024))
        data[f"obj_{index}"] = Thing(str(index) * 1024, index)
    cache = Cache("benchmark", backend_type=backend_type)
    cache.clear()
    start = monotonic()
    cache.update(data)
    cache.write()
    write = monotonic() - start
    del cache
    fresh = Cache("benchmark", backend_type=backend_type)
    start = monotonic()
    read = {key: fresh[key] for key in fresh}
    seconds = monotonic() - start
    back = sum(1 for key, value in data.items() if key in read and same(read[key], value))
    size = sum(os.path.getsize(os.path.join(at, file)) for at, _, files in os.walk(home.name) for file in files)
    result = {"writeMs": write * 1000, "readMs": seconds * 1000, "diskBytes": size, "readBack": back}
    print(json.dumps({"contender": name, **result}), flush=True)
    fresh.clear()


measure("class-cache (Python), pickle blocks", PickleBackend)
measure("class-cache (Python), SQLite", SQLiteBackend)
