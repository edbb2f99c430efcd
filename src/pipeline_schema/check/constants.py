"""Constants: values that can be read, that the function takes, and whose own calls and files are right as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline_schema.check.functions import Functions
from pipeline_schema.check.names import find_call_problems
from pipeline_schema.errors import DocumentError
from pipeline_schema.named_files import FileError, Verifier
from pipeline_schema.problems import Problem, pointer
from pipeline_schema.values import Call, DType, File, FunctionRef, encode, parse
from registry.arguments import judge
from registry.entry import FunctionEntry

__all__ = ["Constants"]

Place = tuple[str | int, ...]


class Constants:
    """The constants of one document.

    Parameters
    ----------
    functions : Functions
        Which a value may call.
    base : Path or None
        The document's folder, below which its files are; None where there is none, and files can't be looked for.
    """

    def __init__(self, functions: Functions, base: Path | None) -> None:
        self._functions = functions
        self._files = None if base is None else Verifier(base)

    def find_problems(
        self, params: Mapping[str, Any], entry: FunctionEntry | None, at: Place, step: str | None
    ) -> Iterator[Problem]:
        """What is wrong with the values of parameters.

        Parameters
        ----------
        params : mapping
            Values by parameter name, in the document's notation or Python's.
        entry : FunctionEntry or None
            Of the function that takes them; None where it is not known, and only what can be read is checked.
        at : tuple
            Where `params` stands.
        step : str or None
            The id of the step.
        """
        values = {}
        for name, given in params.items():
            plain, value, problems = _read(given, (*at, name), step, name)
            if problems:
                yield from problems
            else:
                values[name] = value
                yield from self._find_inside(plain, value, (*at, name), step, name)
                yield from _find_destination(value, entry, (*at, name), step, name)
        yield from _judge(entry, values, at, step)

    def find_value_problems(self, given: Any, at: Place) -> Iterator[Problem]:
        """What is wrong with a value that is no parameter's, such as the default of an input."""
        plain, value, problems = _read(given, at, None, None)
        yield from problems or self._find_inside(plain, value, at, None, None)

    def _find_inside(
        self, plain: Any, value: Any, at: Place, step: str | None, parameter: str | None
    ) -> Iterator[Problem]:
        """Calls, functions and files within a value, in the document's notation and as it was read."""
        match plain:
            case list():
                for index, item in enumerate(plain):
                    yield from self._find_inside(item, value[index], (*at, index), step, parameter)
            case {"$call": _}:
                yield from self._find_in_call("$call", plain.get("params", {}), value, at, step)
            case {"$function": _}:
                yield from self._find_in_call("$function", plain.get("params", {}), value, at, step)
            case {"$file": _}:
                yield from self._find_file(value, (*at, "$file"), step, parameter)
            case {"$list": items}:
                yield from self._find_inside(items, value, (*at, "$list"), step, parameter)
            case {"$dict": pairs}:
                for index, (pair, item) in enumerate(zip(pairs, value.values(), strict=True)):
                    yield from self._find_inside(pair[1], item, (*at, "$dict", index, 1), step, parameter)
            case dict() if isinstance(value, dict):
                for key, item in plain.items():
                    yield from self._find_inside(item, value[key], (*at, key), step, parameter)

    def _find_in_call(
        self, tag: str, params: dict[str, Any], made: Call | FunctionRef, at: Place, step: str | None
    ) -> Iterator[Problem]:
        yield from self._functions.problems(made.key, *at, tag, step=step)
        entry = self._functions.entry(made.key)
        if entry is not None:
            yield from find_call_problems(entry, params, at, step, partial=tag == "$function", tag=tag)
        # What was read stays read: calls within calls are not read once for each of them.
        for name, item in params.items():
            yield from self._find_inside(item, made.params[name], (*at, "params", name), step, name)
            yield from _find_destination(made.params[name], entry, (*at, "params", name), step, name)
        yield from _judge(entry, made.params, (*at, "params"), step)

    def _find_file(self, file: File, at: Place, step: str | None, parameter: str | None) -> Iterator[Problem]:
        if self._files is None:
            return
        try:
            self._files.verify(file.path, file.sha256)
        except FileError as error:
            where = pointer(*at, "sha256" if error.code == "payload-error" else "path")
            yield Problem(code=error.code, message=str(error), pointer=where, step=step, parameter=parameter)


def _find_destination(
    value: Any, entry: FunctionEntry | None, at: Place, step: str | None, name: str
) -> Iterator[Problem]:
    """An array where a library would write its result: what a document can say there is of which dtype it shall be."""
    parameter = None if entry is None else entry.parameter(name)
    if entry is None or parameter is None or parameter.role != "output" or not parameter.settable:
        return
    if not isinstance(value, str | DType | None):
        message = f'{name} of {entry.key} takes the dtype of the result here, for example {{"$dtype": "float32"}}'
        yield Problem(code="invalid-value", message=message, pointer=pointer(*at), step=step, parameter=name)


def _judge(entry: FunctionEntry | None, values: Mapping[str, Any], at: Place, step: str | None) -> Iterator[Problem]:
    for fault in judge(entry, values) if entry is not None else ():
        yield Problem(
            code="invalid-value",
            message=fault.message,
            pointer=pointer(*at, fault.parameter),
            step=step,
            parameter=fault.parameter,
            suggestions=fault.suggestions,
        )


def _read(given: Any, at: Place, step: str | None, parameter: str | None) -> tuple[Any, Any, list[Problem]]:
    """A value in the document's notation and in Python's, and what keeps it from being read."""
    problems: list[Problem] = []
    try:
        plain = encode(given, at, step=step, parameter=parameter)
    except DocumentError as error:
        return None, None, list(error.problems)
    return plain, parse(plain, problems, at, step, parameter), problems
