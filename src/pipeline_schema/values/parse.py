"""Reading values: from the document's notation to Python values and inert records."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pipeline_schema.limits import INT_MAX, INT_MIN, MAX_DEPTH, MAX_DIGITS, MAX_PROBLEMS, MAX_STRING, MAX_VALUES
from pipeline_schema.problems import Code, Problem, closest, pointer
from pipeline_schema.values.payload import PayloadError, TooLargeError, decode_base64, from_base64, from_nested
from pipeline_schema.values.records import DTYPES, MAX_DIMENSIONS, Array, Call, DType, File, FunctionRef, Rng

__all__ = ["Path", "parse"]

Path = tuple[str | int, ...]

_DIGITS = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FILE_SUFFIXES = (".npy", ".tif", ".tiff")


def parse(
    plain: Any, problems: list[Problem], at: Path = (), step: str | None = None, parameter: str | None = None
) -> Any:
    """Read one value.

    Parameters
    ----------
    plain : JSON value
        As decoded: None, bool, int, float, str, list, dict.
    problems : list of Problem
        Gets what is wrong: `schema-error`, `payload-error`, `path-error`, `limit-exceeded`.
    at : tuple of str and int
        Where the value stands in the document.
    step, parameter : str, optional
        What it belongs to.

    Returns
    -------
    any value
        Lists become tuples; ``$slice``, ``$range``, ``$ellipsis``, ``$complex``, ``$float``, ``$int``, ``$bytes``,
        ``$list`` and ``$dict`` Python values; ``$array``, ``$file``, ``$dtype``, ``$call``, ``$function`` and ``$rng``
        inert records. None stands where a value could not be read.
    """
    return _Reader(problems, step, parameter).read(plain, at)


class _Reader:
    __slots__ = ("_parameter", "_problems", "_step")

    def __init__(self, problems: list[Problem], step: str | None, parameter: str | None) -> None:
        self._problems = problems
        self._step = step
        self._parameter = parameter

    def read(self, plain: Any, at: Path) -> Any:
        kind = type(plain)
        if kind is str:
            if len(plain) > MAX_STRING:
                self.wrong(at, f"a string is longer than {MAX_STRING} bytes", code="limit-exceeded")
            return plain
        if kind is bool or plain is None:
            return plain
        if kind is int:
            if not INT_MIN <= plain <= INT_MAX:
                self.wrong(at, 'an integer is beyond 64 bits; write {"$int": "digits"}')
            return plain
        if kind is float:
            if not math.isfinite(plain):
                self.wrong(at, f'a number is {plain}; write {{"$float": "{plain}"}}')
            return plain
        if kind is list or kind is dict:
            if len(at) > MAX_DEPTH:
                return self.wrong(at, f"values are nested deeper than {MAX_DEPTH} levels", code="limit-exceeded")
            return self.items(plain, at) if kind is list else self._object(plain, at)
        form = "$bytes" if kind in (bytes, bytearray) else None
        hint = f'; write {{"{form}": ...}}' if form else "; encode the value first"
        return self.wrong(at, f"{kind.__name__} is no value of a document{hint}")

    def items(self, plain: list[Any], at: Path) -> tuple[Any, ...]:
        return tuple([self.read(item, (*at, index)) for index, item in enumerate(plain)])

    def members(self, plain: Any, at: Path) -> dict[str, Any]:
        """The values of ``params``, by parameter name."""
        if type(plain) is not dict:
            self.wrong(at, "params is an object: values by parameter name")
            return {}
        for name in plain:
            if type(name) is not str or name.startswith("$"):
                self.wrong((*at, name), f"{name!a:.80} is no parameter name; a value with a $ key stands below a name")
        return {name: self.read(value, (*at, name)) for name, value in plain.items()}

    def _object(self, plain: dict[str, Any], at: Path) -> Any:
        tags = [key for key in plain if type(key) is str and key.startswith("$")]
        if not tags:
            for key in plain:
                if type(key) is not str:
                    self.wrong(at, f'the key {key!a:.80} is no string; write {{"$dict": [[key, value], ...]}}')
            return {key: self.read(value, (*at, key)) for key, value in plain.items()}
        if len(tags) > 1:
            named = ", ".join(f"{tag:.80}" for tag in tags[:5])
            return self.wrong(at, f"an object has one $ key, and this has {named}")
        name = tags[0]
        tag = _TAGS.get(name)
        if tag is None:
            message = f"{name!a:.80} is no value of this format"
            if name == "$length":
                message += "; it comes in a later one"
            return self.wrong((*at, name), message, known=_TAGS)
        for key in plain:
            if key != name and key not in tag.siblings:
                allowed = f"only {', '.join(tag.siblings)}" if tag.siblings else "nothing else"
                self.wrong((*at, key), f"beside {name} stands {allowed}, not {key!a:.80}", known=tag.siblings)
        return tag.read(self, plain, at)

    def wrong(
        self,
        at: Path,
        message: str,
        *,
        code: Code = "schema-error",
        known: Iterable[str] = (),
        suggestions: tuple[str, ...] = (),
    ) -> Any:
        """Note a problem; gives None, which stands for the value."""
        if len(self._problems) >= MAX_PROBLEMS:
            return None
        if known and isinstance(at[-1], str):
            suggestions = closest(at[-1], known)
        self._problems.append(
            Problem(
                code=code,
                message=message,
                pointer=pointer(*at),
                step=self._step,
                parameter=self._parameter,
                suggestions=suggestions,
            )
        )
        return None


def _array(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    at, body = (*at, "$array"), plain["$array"]
    if type(body) is not dict:
        return reader.wrong(at, "$array holds an object with dtype, shape, and data or base64")
    known = ("dtype", "shape", "data", "base64")
    extra = [key for key in body if key not in known]
    for key in extra:
        reader.wrong((*at, key), f"{key!a:.80} is no key of an array; it has {', '.join(known)}", known=known)
    if extra or "dtype" not in body or "shape" not in body or ("data" in body) == ("base64" in body):
        return None if extra else reader.wrong(at, "an array has dtype, shape, and one of data and base64")
    dtype = _dtype_name(reader, body["dtype"], (*at, "dtype"))
    shape = body["shape"]
    if type(shape) is not list or len(shape) > MAX_DIMENSIONS or any(type(n) is not int or n < 0 for n in shape):
        return reader.wrong((*at, "shape"), f"shape is a list of at most {MAX_DIMENSIONS} lengths, each 0 or more")
    if dtype is None:
        return None
    form = "data" if "data" in body else "base64"
    if form == "base64" and type(body[form]) is not str:
        return reader.wrong((*at, form), "base64 is a string")
    make: Callable[..., Array] = from_nested if form == "data" else from_base64
    try:
        return make(dtype, tuple(shape), body[form])
    except TooLargeError as error:
        return reader.wrong((*at, "shape"), f"the array can't be read: {error}", code="limit-exceeded")
    except PayloadError as error:
        return reader.wrong((*at, form), f"the array can't be read: {error}", code="payload-error")


def _dtype_name(reader: _Reader, name: Any, at: Path) -> str | None:
    if type(name) is str and name in DTYPES:
        return name
    near = closest(name, DTYPES) if type(name) is str else ()
    message = f"{name!a:.80} is no dtype of a document; it is one of {', '.join(DTYPES)}"
    reader.wrong(at, message, suggestions=near)
    return None


def _dtype(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    name = _dtype_name(reader, plain["$dtype"], (*at, "$dtype"))
    return None if name is None else DType(name)


def _file(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    at, body = (*at, "$file"), plain["$file"]
    if type(body) is not dict or body.keys() != {"path", "sha256"}:
        return reader.wrong(at, "$file holds an object with path and sha256")
    path, sha256 = body["path"], body["sha256"]
    wrong = _path_fault(path)
    if wrong is not None:
        return reader.wrong((*at, "path"), f"the path {path!a:.80} {wrong}", code="path-error")
    if type(sha256) is not str or not _SHA256.fullmatch(sha256):
        return reader.wrong((*at, "sha256"), "sha256 is 64 hexadecimal digits in lower case")
    return File(path, sha256)


def _path_fault(path: Any) -> str | None:
    if type(path) is not str or not path:
        return "is no string"
    if path.startswith("/") or ":" in path:
        return "is absolute; paths are relative to the document"
    if "\\" in path or not path.isprintable():
        return "has characters that not every system takes; parts are separated by /"
    if any(part in ("", ".", "..") for part in path.split("/")):
        return "has empty parts, . or ..; a document names files beside or below itself"
    if not path.lower().endswith(_FILE_SUFFIXES):
        return f"is no array file; it ends with {', '.join(_FILE_SUFFIXES)}"
    return None


def _slice(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    parts = _integers(
        reader, plain, at, "$slice", "three of integer or null: start, stop, step, and step is not 0", null=True
    )
    return None if parts is None else slice(*parts)


def _range(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    parts = _integers(reader, plain, at, "$range", "three integers: start, stop, step, and step is not 0", null=False)
    if parts is None:
        return None
    start, stop, step = parts
    # Whoever takes it goes through all of it.
    if -((start - stop) // step) > MAX_VALUES:
        return reader.wrong((*at, "$range"), f"$range has more than {MAX_VALUES} numbers", code="limit-exceeded")
    return range(*parts)


def _integers(
    reader: _Reader, plain: dict[str, Any], at: Path, tag: str, takes: str, *, null: bool
) -> tuple[Any, ...] | None:
    parts = plain[tag]
    if type(parts) is list and len(parts) == 3 and parts[2] != 0:
        values = reader.items(parts, (*at, tag))
        if all(type(value) is int or (null and value is None) for value in values):
            return values
    reader.wrong((*at, tag), f"{tag} holds {takes}")
    return None


def _ellipsis(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    if plain["$ellipsis"] is not True:
        return reader.wrong((*at, "$ellipsis"), "$ellipsis holds true")
    return Ellipsis


def _complex(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    parts = plain["$complex"]
    if type(parts) is list and len(parts) == 2:
        values = reader.items(parts, (*at, "$complex"))
        if all(type(value) in (int, float) for value in values):
            try:
                return complex(*map(float, values))
            except OverflowError:
                message = "a part of $complex is out of the range of a number"
                return reader.wrong((*at, "$complex"), message, code="payload-error")
    return reader.wrong((*at, "$complex"), "$complex holds two numbers: real and imaginary part")


def _float(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    text = plain["$float"]
    if type(text) is not str or text not in ("nan", "inf", "-inf"):
        return reader.wrong((*at, "$float"), '$float holds "nan", "inf" or "-inf"')
    return float(text)


def _int(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    text = plain["$int"]
    if type(text) is not str or len(text) > MAX_DIGITS or not _DIGITS.fullmatch(text) or text == "-0":
        return reader.wrong((*at, "$int"), f"$int holds a string of at most {MAX_DIGITS} decimal digits")
    return int(text)


def _bytes(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    text = plain["$bytes"]
    if type(text) is not str:
        return reader.wrong((*at, "$bytes"), "$bytes holds a string of base64")
    reader.read(text, (*at, "$bytes"))
    try:
        return decode_base64(text)
    except PayloadError as error:
        return reader.wrong((*at, "$bytes"), f"the bytes can't be read: {error}", code="payload-error")


def _list(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    if type(plain["$list"]) is not list:
        return reader.wrong((*at, "$list"), "$list holds a list")
    return list(reader.items(plain["$list"], (*at, "$list")))


def _dict(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    at, pairs = (*at, "$dict"), plain["$dict"]
    if type(pairs) is not list:
        return reader.wrong(at, "$dict holds a list of [key, value]")
    found: dict[Any, Any] = {}
    for index, pair in enumerate(pairs):
        here = (*at, index)
        if type(pair) is not list or len(pair) != 2 or type(pair[0]) in (list, dict):
            reader.wrong(here, "an item of $dict is [key, value], and the key is no list or object")
        elif pair[0] in found:
            # 1, 1.0 and true are one key in Python: the later would silently replace the earlier.
            reader.wrong((*here, 0), f"the key {pair[0]!a:.80} is already there")
        else:
            found[reader.read(pair[0], (*here, 0))] = reader.read(pair[1], (*here, 1))
    return found


def _call(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    named = _named(reader, plain, at, "$call")
    return None if named is None else Call(*named)


def _function(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    named = _named(reader, plain, at, "$function")
    return None if named is None else FunctionRef(*named)


def _named(reader: _Reader, plain: dict[str, Any], at: Path, tag: str) -> tuple[str, dict[str, Any]] | None:
    params = reader.members(plain.get("params", {}), (*at, "params"))
    if type(plain[tag]) is not str:
        reader.wrong((*at, tag), f"{tag} holds the key of a function")
        return None
    # Whether there is such a function is for `check` to say: a document with unknown functions can be read.
    return reader.read(plain[tag], (*at, tag)), params


def _rng(reader: _Reader, plain: dict[str, Any], at: Path) -> Any:
    seed = reader.read(plain["$rng"], (*at, "$rng"))
    if type(seed) is not int or seed < 0:
        return reader.wrong((*at, "$rng"), "$rng holds a seed: an integer, 0 or more")
    return Rng(seed)


class _Tag(NamedTuple):
    read: Callable[[_Reader, dict[str, Any], Path], Any]
    siblings: tuple[str, ...] = ()


_TAGS = {
    "$array": _Tag(_array),
    "$bytes": _Tag(_bytes),
    "$call": _Tag(_call, ("params",)),
    "$complex": _Tag(_complex),
    "$dict": _Tag(_dict),
    "$dtype": _Tag(_dtype),
    "$ellipsis": _Tag(_ellipsis),
    "$file": _Tag(_file),
    "$float": _Tag(_float),
    "$function": _Tag(_function, ("params",)),
    "$int": _Tag(_int),
    "$list": _Tag(_list),
    "$range": _Tag(_range),
    "$rng": _Tag(_rng),
    "$slice": _Tag(_slice),
}
