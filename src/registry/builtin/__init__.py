"""Functions that pipelines need between those of the libraries, written for NumPy and CuPy arrays alike.

Few, and no copy of what a library has. A table is a dict of one-dimensional arrays of one length, as
``skimage:measure.regionprops_table`` gives it.
"""

from __future__ import annotations

from registry.builtin.images import composite, convert, crop, getitem, percentile_normalize, points_to_mask, project
from registry.builtin.labels import count_labels, keep_labels, map_labels
from registry.builtin.tables import filter_table, merge_tables, table_column

__all__ = [
    "composite",
    "convert",
    "count_labels",
    "crop",
    "filter_table",
    "getitem",
    "keep_labels",
    "map_labels",
    "merge_tables",
    "percentile_normalize",
    "points_to_mask",
    "project",
    "table_column",
]
