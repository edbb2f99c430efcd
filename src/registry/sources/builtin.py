"""The hand-written functions of `registry.builtin`."""

from __future__ import annotations

import re

from registry import builtin
from registry.catalog import Catalog
from registry.entry import FunctionKind
from registry.sources.docs import Returned
from registry.sources.reading import Rules, make_catalog
from registry.sources.walk import walk

__all__ = ["discover"]

_KINDS: dict[str, FunctionKind] = {
    "composite": "image",
    "convert": "image",
    "count_labels": "scalar",
    "crop": "image",
    "filter_table": "table",
    "keep_labels": "labels",
    "map_labels": "image",
    "merge_tables": "table",
    "percentile_normalize": "image",
    "points_to_mask": "mask",
    "project": "image",
}
_DATA = re.compile(r"\b(array|table|tables)\b", re.IGNORECASE)


def discover(library: str = "builtin") -> Catalog:
    """Find the builtin functions."""
    found = [one for one in walk(builtin.__name__, ("",)) if one.name in builtin.__all__]
    rules = Rules(
        library=library,
        kind_of=_kind_of,
        is_array=lambda parameter, stated: bool(_DATA.search(stated.type)),
    )
    return make_catalog(rules, found)


def _kind_of(name: str, flow: str | None, returns: tuple[Returned, ...]) -> FunctionKind:
    return _KINDS.get(name, "unknown")
