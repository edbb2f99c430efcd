"""What parameters accept: the words for it, and how it is read from documentation, annotations and defaults."""

from __future__ import annotations

from registry.types.defaults import UnwritableError, write_default
from registry.types.grammar import ANY, InvalidTypeError, Items, accepts, items_of, sequence_of, unite
from registry.types.reading import Accepted, accepted
from registry.types.vocabulary import ARRAY_LIKE, is_array_phrase

__all__ = [
    "ANY",
    "ARRAY_LIKE",
    "Accepted",
    "InvalidTypeError",
    "Items",
    "UnwritableError",
    "accepted",
    "accepts",
    "is_array_phrase",
    "items_of",
    "sequence_of",
    "unite",
    "write_default",
]
