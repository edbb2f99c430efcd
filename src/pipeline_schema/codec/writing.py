"""From Structs to plain values: as written, for people, and in canonical form, for comparing."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from pipeline_schema import graph
from pipeline_schema.document import FORMAT, Input, Options, Pipeline, Step
from pipeline_schema.errors import DocumentError
from pipeline_schema.migrate import read_version
from pipeline_schema.problems import Problem, pointer, summarize
from pipeline_schema.values import encode, parse

__all__ = ["canonical", "digest", "to_plain"]

Path = tuple[str | int, ...]


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
    return _write(pipeline, _Values())


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
    expanded = graph.expand(pipeline)
    steps = [_without_false(step) for step in expanded.steps]
    return _to_json(_write(msgspec.structs.replace(expanded, steps=steps), _CanonicalValues()))


def _without_false(step: Step) -> Step:
    """The step without a `slice_by_slice` of false, which computes the same as none."""
    if step.options.slice_by_slice is not False:
        return step
    return msgspec.structs.replace(step, options=msgspec.structs.replace(step.options, slice_by_slice=msgspec.UNSET))


def digest(pipeline: Pipeline) -> str:
    """The sha256 of the canonical form without ``$schema``, names, descriptions and notes.

    Two documents that compute the same in the same way have the same digest.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    replace = msgspec.structs.replace
    bare = replace(
        pipeline,
        schema=None,
        name=None,
        description=None,
        notes={},
        inputs={name: replace(given, description=None, notes={}) for name, given in pipeline.inputs.items()},
        steps=[replace(step, description=None, notes={}) for step in pipeline.steps],
    )
    return hashlib.sha256(canonical(bare)).hexdigest()


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


def _write(pipeline: Pipeline, values: _Values) -> dict[str, Any]:
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
    plain["steps"] = [_step(step, ("steps", index), values) for index, step in enumerate(pipeline.steps)]
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
        plain["options"] = {
            name: getattr(step.options, name)
            for name, default in _OPTION_DEFAULTS.items()
            if getattr(step.options, name) != default
        }
    _put(plain, "description", step.description)
    _extra(plain, step, at, values)
    return plain


def _extra(plain: dict[str, Any], struct: Pipeline | Input | Step, at: Path, values: _Values) -> None:
    """Notes, and verbatim what a newer format wrote."""
    for name, value in struct.notes.items():
        plain[name] = values.note(value, (*at, name))
    plain.update(struct.unknown)


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
