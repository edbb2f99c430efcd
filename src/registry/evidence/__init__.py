"""Evidence: values that libraries took, from the calls that their own examples and tests make.

What a function accepts is read from its documentation, and documentation forgets. So it is held against calls that did
not raise: a value that stands here must never be refused. One readable file a library, of the version that its name
was collected with; `tools/collect_calls` writes them. Values only: nobody's code stands here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from registry.evidence.notation import Given, to_python

__all__ = ["Evidence", "Given", "load_evidence", "to_python"]

_FOLDER = Path(__file__).parent


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the functions of a library took.

    Attributes
    ----------
    library, distribution, version : str
        Whose functions, and of which version.
    accepted : dict
        Values in the document's notation, by key and parameter: ``{"skimage:filters.gaussian": {"sigma": [1, 2.5]}}``.
        A few of each form, long sequences cut. What has no form stands as ``{"$given": what it was}``, and so do arrays
        (``array float64 2``); ``nothing`` says that a call went without the parameter.
    """

    library: str
    distribution: str
    version: str
    accepted: dict[str, dict[str, tuple[Any, ...]]]


@cache
def load_evidence(library: str) -> Evidence | None:
    """What was collected of a library, or None.

    Parameters
    ----------
    library : str
        Its prefix.
    """
    path = _FOLDER / f"{library}.json"
    return msgspec.json.decode(path.read_bytes(), type=Evidence) if path.is_file() else None
