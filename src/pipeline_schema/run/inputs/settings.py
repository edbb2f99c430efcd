"""What each input of a pipeline gets: a file of the run, or a value of ``--set``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline_schema.codec import json
from pipeline_schema.document import Input
from pipeline_schema.errors import UsageError
from pipeline_schema.problems import Problem, closest
from pipeline_schema.run.files.axes import parse_axes
from pipeline_schema.values import parse

__all__ = ["Settings", "bind", "is_image", "parse_settings", "read_value", "required"]

_IMAGE_KINDS = ("image", "labels", "mask")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all items of a run.

    Attributes
    ----------
    varied : str
        The pipeline's input that the files of the run are for; with a manifest, the first that it must give.
    values : dict
        Constants by input, in the document's notation.
    paths : dict of str
        Images by input: absolute paths.
    axes : str or None
        What the files' axes are, where the files are wrong or don't say.
    """

    varied: str
    values: dict[str, Any] = {}
    paths: dict[str, str] = {}
    axes: str | None = None


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """The values of ``--set name=value`` by name: JSON where it reads as JSON, else text."""
    settings: dict[str, Any] = {}
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError(f"--set {text!a} is not UTF-8") from None
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {text!a} is not name=value")
        if name in settings:
            raise UsageError(f"--set gives {name!r} twice")
        settings[name] = read_value(name, value)
    return settings


def required(inputs: Mapping[str, Input], settings: Mapping[str, Any]) -> list[str]:
    """The inputs that nothing gives a value yet."""
    return [name for name, declared in inputs.items() if not declared.has_default and name not in settings]


def is_image(declared: Input) -> bool:
    """Whether an input is read from files: it has axes or a kind of image, or says nothing, not even a default."""
    return bool(declared.axes) or declared.kind in _IMAGE_KINDS or (declared.kind is None and not declared.has_default)


def read_value(name: str, text: str) -> Any:
    """The value that a text stands for: JSON as documents hold it, else the text; what they would refuse is refused."""
    problems: list[Problem] = []
    decoded = json.decode(text.encode(), problems)
    if decoded is not None and not problems:
        return decoded[0]
    if decoded is None and all(problem.code == "parse-error" for problem in problems):
        return text
    raise UsageError(f"--set {name}: {problems[0].message}")


def bind(
    inputs: Mapping[str, Input],
    settings: Mapping[str, Any],
    *,
    axes: str | None = None,
    columns: Collection[str] | None = None,
) -> Settings:
    """Decide what each input of a pipeline gets.

    Parameters
    ----------
    inputs : mapping of Input
        The pipeline's.
    settings : mapping
        Values by input, in the document's notation; a path where the input is an image.
    axes : str, optional
        Of the files, overriding what they say.
    columns : collection of str, optional
        Of a manifest, which gives any number of inputs, item by item.

    Raises
    ------
    UsageError
        If a name is unknown, a value can't be read, or not exactly one input is left for the files; with a manifest, if
        it gives none of the inputs, or one that was set as well.
    """
    for name in settings:
        if name not in inputs:
            near = closest(name, inputs)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(map(repr, inputs)) or 'none'}"
            raise UsageError(f"--set {name}: the pipeline has no input {name!r}{hint}")
        if columns is not None and name in columns:
            raise UsageError(f"--set {name}: the manifest has a column {name!r} as well; which is meant?")
    left = required(inputs, settings)
    if columns is not None:
        left = left or [name for name in inputs if name in columns]
        if not left:
            raise UsageError(
                f"the manifest has no column for an input of the pipeline ({', '.join(map(repr, inputs))})"
            )
    elif len(left) != 1:
        raise UsageError(_which(inputs, left))
    values, paths = {}, {}
    for name, value in settings.items():
        if isinstance(value, str) and (inputs[name].axes or inputs[name].kind in _IMAGE_KINDS):
            paths[name] = str(_existing(name, Path(value)))
        else:
            _check_value(name, value)
            values[name] = value
    return Settings(varied=left[0], values=values, paths=paths, axes=parse_axes(axes) if axes is not None else None)


def _which(inputs: Mapping[str, Input], left: list[str]) -> str:
    if left:
        listed, first = ", ".join(map(repr, left)), left[0]
        return f"the files could be for {len(left)} inputs ({listed}); set all but one, for example --set {first}=PATH"
    if not inputs:
        return "the pipeline has no input that could take files"
    return (
        "every input of the pipeline has a value or default, so none is left for the files; drop a --set or a default"
    )


def _existing(name: str, path: Path) -> Path:
    if not path.exists():
        raise UsageError(f"--set {name}: {path} does not exist")
    return path.absolute()


def _check_value(name: str, value: Any) -> None:
    problems: list[Any] = []
    parse(value, problems, ("inputs", name))
    if problems:
        raise UsageError(f"--set {name}: {problems[0].message}")
