"""What libraries took in their own examples and tests, put through documents."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pipeline_schema.check import check
from pipeline_schema.codec import dumps, loads
from pipeline_schema.values.records import DTYPES
from registry.catalog import load_catalog
from registry.evidence import Evidence, load_evidence

_NOT_ABOUT_THE_VALUE = {
    "bad-reference",  # nothing feeds the steps
    "deprecated",
    "kind-mismatch",
    "missing-parameter",
    "unavailable-function",
    "unknown-function",  # a function that the catalog leaves out
    "unseeded",
    "unused-step",
}


def _steps(evidence: Evidence) -> list[dict[str, Any]]:
    found = []
    for entry in load_catalog(evidence.library).entries:
        for name, values in evidence.accepted.get(entry.key, {}).items():
            known = entry.parameter(name)
            if known is None or not known.settable:  # where the library writes its result is no document's affair
                continue
            found += [
                {"function": entry.key, "inputs": {}, "params": {name: value}} for value in values if _has_form(value)
            ]
    return found


def _has_form(value: Any) -> bool:
    """Whether a note is a document's value: arrays are only named, and dates, records and long floats are no pixels."""
    if isinstance(value, dict):
        return "$given" not in value and value.get("$dtype", "bool") in DTYPES and all(map(_has_form, value.values()))
    return all(map(_has_form, value)) if isinstance(value, list) else True


@pytest.mark.parametrize("library", ["numpy", "pyclesperanto", "scipy", "skimage"])
def test_documents_accept_what_the_library_accepts(library: str) -> None:
    """Every collected value stands in a document, is read back as written, and is found right by check."""
    evidence = load_evidence(library)
    assert evidence is not None
    steps = _steps(evidence)
    assert len(steps) > 150
    found = []
    for start in range(0, len(steps), 100):
        part = steps[start : start + 100]
        document = {"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": part}
        pipe = loads(msgspec.json.encode(document).decode())
        assert loads(dumps(pipe)) == pipe
        found += [(p.code, p.message) for p in check(pipe)]
    assert {code for code, _ in found} <= _NOT_ABOUT_THE_VALUE, [f for f in found if f[0] not in _NOT_ABOUT_THE_VALUE]
