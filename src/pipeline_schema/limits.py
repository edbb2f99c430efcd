"""Limits: how much a document may hold, so that no document costs more to refuse than a small image costs to read.

They are checked before decoding where decoding itself would be the cost, and on writing too: nothing is saved that
could not be opened again.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "INT_MAX",
    "INT_MIN",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_FILE_BYTES",
    "MAX_PROBLEMS",
    "MAX_STEPS",
    "MAX_STRING",
    "MAX_VALUES",
    "MAX_YAML_BYTES",
]

MAX_BYTES: Final = 16 * 1024 * 1024

# Of a file that a document names, as it is and as an array: it is read whole.
MAX_FILE_BYTES: Final = 1024 * 1024 * 1024

# YAML is for documents that people write: reading takes ten times as long as of JSON.
MAX_YAML_BYTES: Final = 1024 * 1024

# Decoders recurse: 900 levels end a thread with a 256 KiB stack by a segmentation fault.
MAX_DEPTH: Final = 64

MAX_STEPS: Final = 10_000

# In bytes of UTF-8, whatever escapes they are written with. Payloads of arrays (base64) are limited by MAX_BYTES only.
MAX_STRING: Final = 64 * 1024

# Objects, lists, members and elements together: 16 MiB of "[],[],[]" would otherwise decode to 400 MB. It leaves 25 for
# each of 10,000 steps; large arrays are base64 or files.
MAX_VALUES: Final = 250_000

# What every format's integers hold; anything beyond is written {"$int": "..."}.
INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**64 - 1

# Python's own limit for reading decimal digits in bounded time.
MAX_DIGITS: Final = 4300

# Of problems that are collected; nobody reads more, and finding the closest name costs 0.1 ms each.
MAX_PROBLEMS: Final = 1_000
