"""From Structs to plain values: as written, for people, and in canonical form, for comparing."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any, Final

import msgspec

from pipeline_schema import graph
from pipeline_schema.document import FORMAT, Input, Options, Pipeline, Step
from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import INT_MAX, INT_MIN
from pipeline_schema.migrate import read_version
from pipeline_schema.problems import Problem, pointer, summarize
from pipeline_schema.values import encode, parse

__all__ = ["canonical", "digest", "to_plain"]

Path = tuple[str | int, ...]

# Of a word, below which its length needs no look; any limit is above.
_SHORT: Final = 4096


def to_plain(pipeline: Pipeline) -> dict[str, Any]:
    """A pipeline as plain values, in the order in which people read a document.

    Parameters
    ----------
    pipeline : Pipeline
        Python values in its params are written in the document's notation.

    Returns
    -------
    dict
        What stands for itself is left out: empty params, options that are the defaults.

    Raises
    ------
    DocumentError
        With an `invalid-value` problem for every value that can't be written.
    """
    return _write(
        pipeline, lambda values: [_step(step, ("steps", index), values) for index, step in enumerate(pipeline.steps)]
    )


def canonical(pipeline: Pipeline) -> bytes:
    """The canonical form: what differs between two documents that mean the same is how they are written, not this.

    Parameters
    ----------
    pipeline : Pipeline

    Returns
    -------
    bytes
        JSON in UTF-8 without white space, keys sorted by code point; every id, input and output written out, every
        value in its one spelling. Computed from the document alone.

    Raises
    ------
    DocumentError
        If a value can't be written, or is none.
    """
    return _canonical(pipeline, worded=True)


def digest(pipeline: Pipeline) -> str:
    """The sha256 of the canonical form without ``$schema``, names, descriptions and notes.

    Two documents that compute the same in the same way have the same digest.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    replace = msgspec.structs.replace
    inputs = {name: replace(given, description=None, notes={}) for name, given in pipeline.inputs.items()}
    bare = replace(pipeline, schema=None, name=None, description=None, notes={}, inputs=inputs)
    return hashlib.sha256(_canonical(bare, worded=False)).hexdigest()


def _canonical(pipeline: Pipeline, *, worded: bool) -> bytes:
    """The canonical form, with the descriptions and notes of steps or without."""
    plain = _write(pipeline, lambda values: _canonical_steps(pipeline, values, worded=worded), _CanonicalValues())
    if "outputs" not in plain:
        # Not what stands under the last step's id: in a newer format that may be anything.
        last = graph.step_ids(pipeline)[-1:]
        plain["outputs"] = dict(zip(last, last, strict=True))
    return _to_json(plain)


def _canonical_steps(pipeline: Pipeline, values: _Values, *, worded: bool) -> list[dict[str, Any]]:
    """All steps, written out; most of them are plain and cost no call."""
    steps = []
    for index, (step, (name, inputs)) in enumerate(zip(pipeline.steps, graph.bindings(pipeline), strict=True)):
        plain: dict[str, Any] = {"function": step.function, "id": name, "inputs": inputs}
        steps.append(plain)
        params, options = step.params, step.options
        if params:
            for value in params.values():
                if type(value) is not float or value - value != 0.0:
                    at, write = ("steps", index, "params"), values.write
                    params = {
                        key: value if _is_canonical(value) else write(value, (*at, key), step=name, parameter=key)
                        for key, value in params.items()
                    }
                    break
            plain["params"] = params
        if options != _NO_OPTIONS:
            written = _options(options)
            # Computes the same as none.
            if written.get("slice_by_slice") is False:
                del written["slice_by_slice"]
            if written:
                plain["options"] = written
        if not step.function:
            del plain["function"]
        if worded:
            _put(plain, "description", step.description)
            if step.notes:
                _notes(plain, step.notes, ("steps", index), values)
        if step.unknown:
            plain.update(step.unknown)
    return steps


def _is_canonical(value: Any) -> bool:
    """Whether a number or a word is written as it is; no longer than all but a few."""
    kind = type(value)
    if kind is str:
        return len(value) < _SHORT and value.isascii()
    if kind is int:
        return bool(INT_MIN <= value <= INT_MAX)
    return kind is bool or (kind is float and bool(math.isfinite(value)))


class _Values:
    """Writes constants, and keeps what is wrong with any of them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def write(self, value: Any, at: Path, *, step: str | None = None, parameter: str | None = None) -> Any:
        try:
            return self.finish(encode(value, at, step=step, parameter=parameter), at, step, parameter)
        except DocumentError as error:
            self.problems.extend(error.problems)
            return None

    def note(self, value: Any, at: Path) -> Any:
        """A note is written as it is: what stands in it is no value."""
        if not str(at[-1]).startswith("x-"):
            message = f"the note {at[-1]!a:.80} has no name of a note; they start with x-"
            self.problems.append(Problem(code="invalid-value", message=message, pointer=pointer(*at)))
        try:
            return encode(value, at)
        except DocumentError as error:
            self.problems.extend(error.problems)
            return None

    def finish(self, plain: Any, at: Path, step: str | None, parameter: str | None) -> Any:
        return plain


class _CanonicalValues(_Values):
    def finish(self, plain: Any, at: Path, step: str | None, parameter: str | None) -> Any:
        if type(plain) is not dict and type(plain) is not list:
            return plain
        # An array as lists or as base64, {"$int": "5"} or 5: read and written again they are the same.
        count = len(self.problems)
        value = parse(plain, self.problems, at, step, parameter)
        return encode(value, at, exact=True) if len(self.problems) == count else None


_NO_OPTIONS = Options()
_OPTION_DEFAULTS = {name: getattr(_NO_OPTIONS, name) for name in Options.__struct_fields__}


def _write(
    pipeline: Pipeline, steps: Callable[[_Values], list[dict[str, Any]]], values: _Values | None = None
) -> dict[str, Any]:
    values = values or _Values()
    plain: dict[str, Any] = {}
    if pipeline.schema is not None:
        plain["$schema"] = pipeline.schema
    plain["format"] = _format(pipeline.format)
    _put(plain, "name", pipeline.name)
    _put(plain, "description", pipeline.description)
    if pipeline.requires:
        plain["requires"] = dict(pipeline.requires)
    if pipeline.inputs:
        plain["inputs"] = {name: _input(given, ("inputs", name), values) for name, given in pipeline.inputs.items()}
    plain["steps"] = steps(values)
    _put(plain, "outputs", pipeline.outputs)
    _extra(plain, pipeline, (), values)
    if values.problems:
        raise DocumentError(
            f"the pipeline can't be written:\n{summarize(values.problems)}", problems=tuple(values.problems)
        )
    return plain


def _input(given: Input, at: Path, values: _Values) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    _put(plain, "kind", given.kind)
    _put(plain, "axes", given.axes if given.axes is None else given.axes.upper())
    _put(plain, "channels", given.channels)
    if given.has_default:
        plain["default"] = values.write(given.default, (*at, "default"))
    _put(plain, "description", given.description)
    _extra(plain, given, at, values)
    return plain


def _step(step: Step, at: Path, values: _Values) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    _put(plain, "id", step.id)
    if step.function:
        plain["function"] = step.function
    _put(plain, "inputs", step.inputs)
    if step.params:
        plain["params"] = {
            name: values.write(value, (*at, "params", name), step=step.id, parameter=name)
            for name, value in step.params.items()
        }
    if step.options != _NO_OPTIONS:
        plain["options"] = _options(step.options)
    _put(plain, "description", step.description)
    _extra(plain, step, at, values)
    return plain


def _options(options: Options) -> dict[str, Any]:
    """Those that are not the defaults."""
    return {
        name: getattr(options, name) for name, default in _OPTION_DEFAULTS.items() if getattr(options, name) != default
    }


def _extra(plain: dict[str, Any], struct: Pipeline | Input | Step, at: Path, values: _Values) -> None:
    """Notes, and verbatim what a newer format wrote."""
    _notes(plain, struct.notes, at, values)
    plain.update(struct.unknown)


def _notes(plain: dict[str, Any], notes: dict[str, Any], at: Path, values: _Values) -> None:
    for name, value in notes.items():
        plain[name] = values.note(value, (*at, name))


def _put(plain: dict[str, Any], key: str, value: Any) -> None:
    if value is not None:
        plain[key] = value


def _format(text: str) -> str:
    """The lowest format that has what the document uses; of a newer one it is not known what it uses."""
    problems: list[Problem] = []
    version = read_version(text, problems)
    return text if problems or version.has_unknown_words else FORMAT


def _to_json(plain: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(plain, order="sorted")
    except (UnicodeEncodeError, TypeError, OverflowError, RecursionError) as error:
        problem = Problem(code="invalid-value", message=f"the pipeline can't be written: {error}", pointer=pointer())
        raise DocumentError(str(problem), problems=(problem,)) from error
