"""From plain values to Structs: one walk that collects everything that is wrong.

msgspec's typed conversion is faster and stops at the first fault; `codec` tries that first. What this walk accepts,
and only that, is a document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pipeline_schema.document import NAME_PATTERN, Input, Options, Pipeline, Reference, Step
from pipeline_schema.limits import MAX_PROBLEMS, MAX_STEPS
from pipeline_schema.migrate import Version, read_version
from pipeline_schema.problems import Code, Problem, closest, pointer
from pipeline_schema.values import parse
from registry.options import wrong_options

__all__ = ["AXES", "INPUT_KINDS", "from_plain", "is_sound"]

Path = tuple[str | int, ...]

INPUT_KINDS: Final = ("image", "labels", "mask", "table", "points", "scalar")
AXES: Final = "TCZYXS"

_NAME = re.compile(NAME_PATTERN, re.ASCII)
# Words of later formats, so that a document of one is not told that it has a typing error.
_LATER: Final = ("by", "cases", "pipeline")
_NO_OPTIONS: Final = Options()


def from_plain(plain: Any, problems: list[Problem]) -> Pipeline | None:
    """Build a pipeline from plain values.

    Parameters
    ----------
    plain : JSON value
        As any of the formats decodes it.
    problems : list of Problem
        Gets everything that is wrong, with pointers.

    Returns
    -------
    Pipeline or None
        As far as it could be read; None if it is no document at all, or one of a format that is not known here.
    """
    if not isinstance(plain, dict):
        problems.append(Problem(code="schema-error", message="a document is an object with format and steps"))
        return None
    count = len(problems)
    version = read_version(plain.get("format"), problems)
    if any(problem.code == "unknown-version" for problem in problems[count:]):
        return None
    return _Walk(problems, version).document(plain)


def is_sound(pipeline: Pipeline, *, has_options: bool = True) -> bool:
    """Whether a pipeline that has the right types is right in what types don't tell; False asks for the walk.

    Who knows that no step has options, saves looking at them.
    """
    is_name = _NAME.fullmatch
    # In one loop: 10,000 calls of a function would take as long as decoding.
    for step in pipeline.steps:
        name, inputs = step.id, step.inputs
        if not step.function or (name is not None and is_name(name) is None) or (inputs and [] in inputs.values()):
            return False
        if has_options and step.options != _NO_OPTIONS and wrong_options(step.options):
            return False
    return (
        all(map(is_name, pipeline.inputs))
        and all(map(_is_sound_input, pipeline.inputs.values()))
        and all(map(is_name, pipeline.outputs or ()))
    )


def _is_sound_input(given: Input) -> bool:
    channels = given.channels or ()
    return (
        (given.kind is None or given.kind in INPUT_KINDS)
        and (given.axes is None or _are_axes(given.axes))
        and len(set(channels)) == len(channels)
    )


def _are_axes(text: str) -> bool:
    # Written as OME and tifffile do: the lower case of NGFF is left to the walk, which raises it.
    return bool(text) and len(set(text)) == len(text) and not set(text) - set(AXES)


class _Walk:
    __slots__ = ("_problems", "_step", "_version")

    def __init__(self, problems: list[Problem], version: Version) -> None:
        self._problems = problems
        self._version = version
        self._step: str | None = None

    def document(self, plain: dict[Any, Any]) -> Pipeline:
        readers: dict[str, Callable[[Any, Path], Any]] = {
            "$schema": self._text,
            "format": lambda value, at: value if isinstance(value, str) else "",
            "name": self._text,
            "description": self._text,
            "requires": self._requires,
            "inputs": self._inputs,
            "steps": self._steps,
            "outputs": self._outputs,
        }
        fields, notes, unknown = self._fields(plain, (), readers, "a document")
        if "steps" not in plain and not self._version.has_unknown_words:
            self._wrong((), "the document has no steps; write them under steps, a list of objects with function")
        fields["schema"] = fields.pop("$schema", None)
        return Pipeline(**fields, notes=notes, unknown=unknown)

    def _fields(
        self, plain: dict[Any, Any], at: Path, readers: Mapping[str, Callable[[Any, Path], Any]], what: str
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The fields of an object by their readers, its notes, and what a newer format wrote."""
        fields: dict[str, Any] = {}
        notes: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for key, value in plain.items():
            if isinstance(key, str) and key.startswith("x-"):
                notes[key] = value
            elif key in readers:
                count = len(self._problems)
                fields[key] = readers[key](value, (*at, key))
                # A newer minor may have given a known word more meanings: kept as it is, like an unknown word.
                if len(self._problems) > count and self._version.has_unknown_words:
                    del self._problems[count:], fields[key]
                    unknown[key] = value
            elif self._version.has_unknown_words and isinstance(key, str):
                unknown[key] = value
            else:
                message = f"{key!a:.80} is no key of {what}; it has {', '.join(readers)}, and notes that start with x-"
                if key in _LATER:
                    message = f"{key!a} comes in a later format, and this document says {self._version}"
                self._wrong((*at, key), message, known=readers)
        return fields, notes, unknown

    def _inputs(self, plain: Any, at: Path) -> dict[str, Input]:
        readers: dict[str, Callable[[Any, Path], Any]] = {
            "kind": self._kind,
            "axes": self._axes,
            "channels": self._channels,
            "default": self._value,
            "description": self._text,
        }
        inputs = {}
        given = self._object(plain, at, 'inputs is an object: inputs by name, for example {"image": {}}')
        for name, value in given.items():
            self._name(name, (*at, name), "an input's name")
            body = self._object(value, (*at, name), 'an input is an object, for example {} or {"axes": "YX"}')
            fields, notes, unknown = self._fields(body, (*at, name), readers, "an input")
            inputs[name] = Input(**fields, notes=notes, unknown=unknown)
        return inputs

    def _steps(self, plain: Any, at: Path) -> list[Step]:
        if not isinstance(plain, list):
            self._wrong(at, "steps is a list of objects with function")
            return []
        if len(plain) > MAX_STEPS:
            self._wrong(at, f"the document has {len(plain)} steps, and at most {MAX_STEPS} are read", "limit-exceeded")
            return []
        readers: dict[str, Callable[[Any, Path], Any]] = {
            "id": self._id,
            "function": self._function,
            "params": self._params,
            "inputs": self._bindings,
            "options": self._options,
            "description": self._text,
        }
        steps = []
        for index, value in enumerate(plain):
            here = (*at, index)
            body = self._object(
                value, here, 'a step is an object, for example {"function": "skimage:filters.gaussian"}'
            )
            name = body.get("id")
            self._step = name if isinstance(name, str) else None
            fields, notes, unknown = self._fields(body, here, readers, "a step")
            # A step without a function is one only for a format that has other kinds of steps.
            if "function" not in body and isinstance(value, dict) and not self._version.has_unknown_words:
                self._wrong(here, "a step names its function")
            fields.setdefault("function", "")
            steps.append(Step(**fields, notes=notes, unknown=unknown))
            self._step = None
        return steps

    def _outputs(self, plain: Any, at: Path) -> dict[str, str]:
        outputs = self._object(plain, at, "outputs is an object: references by output name")
        for name, reference in outputs.items():
            self._name(name, (*at, name), "an output's name")
            if not isinstance(reference, str):
                self._wrong((*at, name), "an output is a reference: an input's name, a step's id, id.0 or id.name")
        return {name: reference for name, reference in outputs.items() if isinstance(reference, str)}

    def _requires(self, plain: Any, at: Path) -> dict[str, str]:
        requires = self._object(plain, at, "requires is an object: version specifiers by distribution")
        return {name: self._text(value, (*at, name)) for name, value in requires.items()}

    def _params(self, plain: Any, at: Path) -> dict[str, Any]:
        params = self._object(plain, at, 'params is an object: values by parameter name, for example {"sigma": 2}')
        for name, value in params.items():
            if name.startswith("$"):
                self._wrong((*at, name), f"{name!a:.80} is no parameter name; an object with a $ key is a value of one")
            parse(value, self._problems, (*at, name), self._step, name)
        return dict(params)

    def _bindings(self, plain: Any, at: Path) -> dict[str, Reference]:
        message = 'inputs of a step is an object: references by parameter name, for example {"@": "image"}'
        given = self._object(plain, at, message)
        bindings = {}
        for name, reference in given.items():
            if isinstance(reference, str) or _are_texts(reference):
                bindings[name] = reference
            else:
                message = "a parameter is bound to a reference, or to a list of references that is not empty"
                self._wrong((*at, name), message, parameter=name)
        return bindings

    def _options(self, plain: Any, at: Path) -> Options:
        body = self._object(plain, at, "options is an object")
        found = {}
        for name, value in body.items():
            taken = _OPTIONS.get(name)
            if taken is None:
                message = f"{name!a:.80} is no option of a step; it has {', '.join(_OPTIONS)}"
                self._wrong((*at, name), message, known=_OPTIONS)
            elif type(value) not in taken[0]:
                self._wrong((*at, name), f"option {name} is {taken[1]}")
            else:
                found[name] = value
        options = Options(**found)
        for name, message, known in wrong_options(options):
            value = getattr(options, name)
            near = closest(value, known) if isinstance(value, str) else ()
            self._wrong((*at, name), message, suggestions=near)
        return options

    def _id(self, value: Any, at: Path) -> str | None:
        return value if self._name(value, at, "a step's id") else None

    def _function(self, value: Any, at: Path) -> str:
        # Whether it is a key, and of what, is for `check` to say: unknown functions don't make a document unreadable.
        if isinstance(value, str) and value:
            return value
        self._wrong(at, "function is the key of a function, for example skimage:filters.gaussian")
        return ""

    def _kind(self, value: Any, at: Path) -> str | None:
        if isinstance(value, str) and value in INPUT_KINDS:
            return value
        near = closest(value, INPUT_KINDS) if isinstance(value, str) else ()
        self._wrong(at, f"kind is {_shown(value)}; it is one of {', '.join(INPUT_KINDS)}", suggestions=near)
        return None

    def _axes(self, value: Any, at: Path) -> str | None:
        if isinstance(value, str) and value.isascii() and _are_axes(value.upper()):
            return value.upper()
        message = f"axes is {_shown(value)}; it is made of {' '.join(AXES)}, each at most once, for example YX or CZYX"
        if isinstance(value, str) and "F" in value.upper():
            message += "; F (field) is reserved"
        self._wrong(at, message)
        return None

    def _channels(self, value: Any, at: Path) -> list[str] | None:
        if isinstance(value, list) and all(isinstance(name, str) for name in value) and len(set(value)) == len(value):
            return value
        self._wrong(at, "channels is a list of names, each once")
        return None

    def _value(self, value: Any, at: Path) -> Any:
        parse(value, self._problems, at)
        return value

    def _text(self, value: Any, at: Path) -> str:
        if isinstance(value, str):
            return value
        self._wrong(at, f"{at[-1]} is a string")
        return ""

    def _name(self, value: Any, at: Path, what: str) -> bool:
        if isinstance(value, str) and _NAME.fullmatch(value):
            return True
        message = f"{_shown(value)} is not {what}: a letter or _, then letters, digits, _ and -, at most 64 in all"
        self._wrong(at, message)
        return False

    def _object(self, value: Any, at: Path, message: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._wrong(at, message)
            return {}
        if all(isinstance(key, str) for key in value):
            return value
        self._wrong(at, "the keys of an object are strings")
        return {key: item for key, item in value.items() if isinstance(key, str)}

    def _wrong(
        self,
        at: Path,
        message: str,
        code: Code = "schema-error",
        *,
        known: Iterable[str] = (),
        suggestions: tuple[str, ...] = (),
        parameter: str | None = None,
    ) -> None:
        if len(self._problems) >= MAX_PROBLEMS:
            return
        if known and isinstance(at[-1], str):
            suggestions = closest(at[-1], known)
        self._problems.append(
            Problem(
                code=code,
                message=message,
                pointer=pointer(*at),
                step=self._step,
                parameter=parameter,
                suggestions=suggestions,
            )
        )


# Option to the types it takes, and those in words.
_OPTIONS: Final[dict[str, tuple[tuple[type, ...], str]]] = {
    "memory": ((str, type(None)), "a memory type, or null for the function's own"),
    "dtype": ((str,), "a string: native, preserve, or a dtype"),
    "scale": ((str,), "a string"),
    "slice_by_slice": ((bool, str), "true, false, or letters of axes"),
    "unique_labels": ((bool,), "true or false"),
    "on_oom": ((str,), "a string"),
    "device": ((int, type(None)), "the index of a device, or null for the worker's"),
    "enabled": ((bool,), "true or false"),
}


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"{value!a:.80}"
    words: dict[type, str] = {dict: "an object", list: "a list", bool: "a boolean", type(None): "null"}
    return words.get(type(value), "a number")
