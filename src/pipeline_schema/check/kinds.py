"""Kinds: results that can't be what a parameter takes, such as a table where an image is needed.

Warned of only where the catalogs know both, what a step gives and what a parameter holds, and the two never fit. An
image may be a mask or labels, and a constructor may make an image. No labels are what a document declares to be an
image, and what a function makes that gives fractions whatever it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from pipeline_schema.check.origins import Origin, Origins, bindings
from pipeline_schema.document import Pipeline
from pipeline_schema.graph import FLOW
from pipeline_schema.problems import Problem, pointer
from registry.entry import FunctionEntry, FunctionKind, Parameter

__all__ = ["find_kind_mismatches"]

_NEVER_FITS: dict[FunctionKind, tuple[FunctionKind, ...]] = {
    "image": ("table", "points", "scalar"),
    "labels": ("table", "points", "scalar"),
    "mask": ("table", "points", "scalar"),
    "points": ("table", "scalar", "labels", "mask"),
    "table": ("image", "labels", "mask", "points", "scalar"),
}
_ARTICLE = {"image": "an image", "labels": "labels", "points": "points"}
_ARITHMETIC = ("numpy", "cupy", "builtin")
_OWN_DTYPE = (UNSET, "native")
# A parameter that takes one of these besides arrays takes a single value.
_SINGLE = frozenset({"any", "bool", "int", "float", "complex"})


def find_kind_mismatches(pipeline: Pipeline, entries: Sequence[FunctionEntry | None]) -> Iterator[Problem]:
    """Parameters that are bound to what they can't hold.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded.
    entries : sequence
        One for each step, None where the function is not known.
    """
    origins = Origins(pipeline, entries)
    for index, (step, entry) in enumerate(zip(pipeline.steps, entries, strict=True)):
        if entry is None or not step.options.enabled:
            continue
        for name, (written, reference) in bindings(step, entry).items():
            parameter = entry.parameter(name)
            if parameter is None or parameter.holds not in _NEVER_FITS or not isinstance(reference, str):
                continue
            origin = origins.find(reference, first=written == FLOW)
            message = origin and _mismatch(parameter, entry, origin, origins.kind(origin))
            if message:
                yield Problem(
                    code="kind-mismatch",
                    severity="warning",
                    message=message,
                    pointer=pointer("steps", index, "inputs", written),
                    step=step.id,
                    parameter=name,
                    suggestions=_items(parameter, origin),
                )


def _mismatch(parameter: Parameter, entry: FunctionEntry, origin: Origin, kind: FunctionKind) -> str | None:
    wanted = parameter.holds or "unknown"
    takes = f"{parameter.name} of {entry.key} takes {_say(wanted)}"
    if _is_several(origin):
        assert origin.entry is not None
        results = ", ".join(output.name for output in origin.entry.outputs)
        return f"{takes}, and {origin.name!r} gives {len(origin.entry.outputs)} results ({results}); name one of them"
    if wanted == "labels" and kind == "image" and _is_no_labels(origin):
        made = f" ({origin.entry.key})" if origin.entry is not None else ""
        return f"{takes}, and {origin.name!r}{made} gives an image; threshold and label it first"
    if kind not in _NEVER_FITS[wanted]:
        return None
    if (kind == "scalar" and _SINGLE & set(parameter.types)) or (kind == "table" and "dict" in parameter.types):
        return None
    made = f" ({origin.entry.key})" if origin.entry is not None else ""
    return f"{takes}, and {origin.name!r}{made} gives {_say(kind)}"


def _is_no_labels(origin: Origin) -> bool:
    if origin.step is None or origin.entry is None:
        return origin.step is None
    results = origin.entry.observed.results.values() if origin.entry.observed is not None else ()
    gives_fractions = bool(results) and all(result.startswith("float") for result in results)
    # Arithmetic gives what it is given, and a dtype that is asked for is what comes.
    return gives_fractions and origin.entry.library not in _ARITHMETIC and origin.step.options.dtype in _OWN_DTYPE


def _is_several(origin: Origin) -> bool:
    return origin.entry is not None and len(origin.entry.outputs) > 1 and origin.item is None and not origin.first


def _items(parameter: Parameter, origin: Origin | None) -> tuple[str, ...]:
    """The results of several that would fit."""
    if origin is None or origin.entry is None or not _is_several(origin):
        return ()
    unfit = _NEVER_FITS[parameter.holds or "unknown"]
    return tuple(f"{origin.name}.{output.name}" for output in origin.entry.outputs if output.kind not in unfit)


def _say(kind: FunctionKind) -> str:
    return _ARTICLE.get(kind, f"a {kind}")
