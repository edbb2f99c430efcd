"""Writing values: from Python values and inert records to the document's notation.

What can't be written is refused by name and place; nothing is ever written by its `repr`.
"""

from __future__ import annotations

import functools
import math
import re
import sys
from typing import Any, Final

from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import INT_MAX, INT_MIN, MAX_DEPTH, MAX_DIGITS, MAX_STRING, MAX_VALUES
from pipeline_schema.problems import Problem, pointer
from pipeline_schema.values import payload
from pipeline_schema.values.parse import Path
from pipeline_schema.values.records import DTYPES, Array, Call, DType, File, FunctionRef, Rng

__all__ = ["encode"]

_PYTHON_DTYPES: Final = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
_SURROGATE = re.compile("[\ud800-\udfff]")
# An array in the notation already: `parse` holds its length against what dtype and shape say.
_PAYLOAD: Final = ("$array", "base64")


def encode(
    value: Any,
    at: Path = (),
    *,
    step: str | None = None,
    parameter: str | None = None,
    exact: bool = False,
    advise: bool = True,
) -> Any:
    """Write a value in the document's notation.

    Parameters
    ----------
    value : any value
        None, bool, int, float, complex, str, bytes, tuple, list, dict, slice, range, Ellipsis, a NumPy array, dtype or
        scalar, a registered function, also with keywords bound by `functools.partial`, or a record of this package.
        A NumPy number is written as an array without axes: ``float32(2)`` gives other pixels than ``2.0``.
    at : tuple of str and int
        Where the value stands in the document.
    step, parameter : str, optional
        What it belongs to.
    exact : bool
        False takes the value for a constant of ``params``, which may be in the notation already: a list is a JSON
        array (and arrives at the function as a tuple), an object with a ``$`` key is what that key says, and plain
        JSON comes out as it went in. True takes it for what it is in Python: a list is written ``$list``, a dict with
        such a key ``$dict``, and `parse` reads back what is equal.
    advise : bool
        Whether an error says what to write instead: of use for a constant, and not for a result.

    Returns
    -------
    JSON value

    Raises
    ------
    DocumentError
        If the value, or one inside it, can't be written.
    """
    return _Writer(step, parameter, notation=not exact, advise=advise).write(value, at)


class _Writer:
    __slots__ = ("_advise", "_notation", "_parameter", "_step")

    def __init__(self, step: str | None, parameter: str | None, *, notation: bool, advise: bool) -> None:
        self._step = step
        self._parameter = parameter
        self._notation = notation
        self._advise = advise

    def write(self, value: Any, at: Path) -> Any:
        if value is None or value is True or value is False:
            return value
        if isinstance(value, (list, tuple, dict)):
            return self._container(value, at)
        if _is_numpy(value, "generic"):
            return self._numpy_scalar(value, at)
        if isinstance(value, str):
            return self._string(value, at)
        if isinstance(value, int):
            return self._integer(int(value), at)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"$float": str(float(value))}
        if isinstance(value, complex):
            return {"$complex": [self.write(value.real, at), self.write(value.imag, at)]}
        if isinstance(value, (bytes, bytearray)):
            return {"$bytes": self._string(payload.encode_base64(bytes(value)), at)}
        if isinstance(value, slice):
            return {"$slice": self._integers((value.start, value.stop, value.step), at)}
        if isinstance(value, range):
            if -((value.start - value.stop) // value.step) > MAX_VALUES:
                raise self.refusal(at, f"a range has more than {MAX_VALUES} numbers")
            return {"$range": self._integers((value.start, value.stop, value.step), at)}
        if value is Ellipsis:
            return {"$ellipsis": True}
        return self._record(value, at)

    def _container(self, value: Any, at: Path) -> Any:
        # A list can hold itself: the limit on depth ends that, too.
        if len(at) > MAX_DEPTH:
            raise self.refusal(at, f"values are nested deeper than {MAX_DEPTH} levels, or hold themselves")
        if isinstance(value, dict):
            return self._object(value, at)
        items = [self.write(item, (*at, index)) for index, item in enumerate(value)]
        return {"$list": items} if isinstance(value, list) and not self._notation else items

    def _object(self, value: dict[Any, Any], at: Path) -> dict[str, Any]:
        if all(isinstance(key, str) and (self._notation or not key.startswith("$")) for key in value):
            return {self._string(key, at): self.write(item, (*at, key)) for key, item in value.items()}
        pairs = []
        for key, item in value.items():
            written = self.write(_as_index(key), at)
            if isinstance(written, (list, dict)):
                raise self.refusal(at, f"the key {key!a:.80} of a dict can't be written; keys are words and numbers")
            pairs.append([written, self.write(item, (*at, str(written)))])
        return {"$dict": pairs}

    def _string(self, value: str, at: Path) -> str:
        if len(value) > MAX_STRING and not (self._notation and at[-2:] == _PAYLOAD):
            raise self.refusal(at, f"a string is longer than {MAX_STRING} bytes")
        if not value.isascii() and _SURROGATE.search(value):
            raise self.refusal(at, "a string holds half a surrogate pair, which is no text")
        return str(value)

    def _integer(self, value: int, at: Path) -> Any:
        if INT_MIN <= value <= INT_MAX:
            return value
        # 3.33 bits are more than a digit; Python refuses to write more digits than its own limit.
        if value.bit_length() / 3.33 >= MAX_DIGITS - 1:
            raise self.refusal(at, f"an integer has more than {MAX_DIGITS} digits")
        return {"$int": str(value)}

    def _integers(self, values: tuple[Any, ...], at: Path) -> list[Any]:
        written = [self.write(_as_index(value), at) for value in values]
        if any(type(value) not in (int, dict, type(None)) for value in written):
            raise self.refusal(at, "a slice is made of integers")
        return written

    def _numpy_scalar(self, value: Any, at: Path) -> Any:
        if value.dtype.kind in "bSU":
            return self.write(value.item(), at)
        if value.dtype.name not in DTYPES:
            raise self.refusal(at, f"a NumPy scalar of dtype {value.dtype} can't be written")
        return self._numpy(sys.modules["numpy"].asarray(value), at)

    def _record(self, value: Any, at: Path) -> dict[str, Any]:
        if isinstance(value, Array):
            return {"$array": payload.to_plain(value)}
        if isinstance(value, File):
            return {"$file": {"path": value.path, "sha256": value.sha256}}
        if isinstance(value, DType):
            return {"$dtype": value.name}
        if isinstance(value, Rng):
            return {"$rng": value.seed}
        if isinstance(value, Call):
            return self._named("$call", value.key, value.params, at)
        if isinstance(value, FunctionRef):
            return self._named("$function", value.key, value.params, at)
        if isinstance(value, functools.partial) and not value.args and _key_of(value.func) is not None:
            return self._function(value.func, value.keywords, at)
        if _key_of(value) is not None:
            return self._function(value, {}, at)
        if isinstance(value, type) and value in _PYTHON_DTYPES:
            return {"$dtype": _PYTHON_DTYPES[value]}
        return self._numpy(value, at)

    def _named(self, tag: str, key: str, params: dict[str, Any], at: Path) -> dict[str, Any]:
        # A record holds values as they are, whatever notation surrounds it.
        inner = _Writer(self._step, self._parameter, notation=False, advise=self._advise)
        written: dict[str, Any] = {tag: self._string(key, at)}
        if params:
            written["params"] = {name: inner.write(item, (*at, "params", name)) for name, item in params.items()}
        return written

    def _function(self, function: Any, params: dict[str, Any], at: Path) -> dict[str, Any]:
        options = getattr(function, "options", None)
        if options is not None and options != type(options)():
            raise self.refusal(at, f"{_key_of(function)} was resolved with options, and $function has none; use a step")
        return self._named("$function", str(_key_of(function)), params, at)

    def _numpy(self, value: Any, at: Path) -> dict[str, Any]:
        if _is_numpy(value, "dtype") or (isinstance(value, type) and _is_numpy_scalar_type(value)):
            name = sys.modules["numpy"].dtype(value).name
            if name not in DTYPES:
                raise self.refusal(at, f"the dtype {name} can't be written; a document has {', '.join(DTYPES)}")
            return {"$dtype": name}
        if _is_numpy(value, "ndarray"):
            if value.dtype.name not in DTYPES or sys.modules["numpy"].ma.isMaskedArray(value):
                what = "a masked array" if value.dtype.name in DTYPES else f"an array of dtype {value.dtype}"
                raise self.refusal(at, f"{what} can't be written")
            little = value.astype(value.dtype.newbyteorder("<"), order="C", copy=False)
            return {"$array": payload.to_plain(Array(value.dtype.name, tuple(value.shape), little.tobytes()))}
        kind = type(value)
        advice = _advice(value) if self._advise else ""
        raise self.refusal(at, f"a value of type {kind.__module__}.{kind.__qualname__} can't be written{advice}")

    def refusal(self, at: Path, message: str) -> DocumentError:
        problem = Problem(
            code="invalid-value", message=message, pointer=pointer(*at), step=self._step, parameter=self._parameter
        )
        return DocumentError(str(problem), problems=(problem,))


def _as_index(value: Any) -> Any:
    """An integer of NumPy as Python's, where only its value counts."""
    return int(value) if _is_numpy(value, "integer") else value


def _key_of(value: Any) -> str | None:
    # By attribute, since a document never reaches the registry's machinery; a class has it as a descriptor.
    key = None if isinstance(value, type) else getattr(value, "registry_key", None)
    return key if isinstance(key, str) else None


def _is_numpy(value: Any, name: str) -> bool:
    # Who has a NumPy value has imported NumPy: no need to import it here.
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, getattr(numpy, name))


def _is_numpy_scalar_type(value: type) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and issubclass(value, numpy.generic)


def _advice(value: Any) -> str:
    if callable(value) and not isinstance(value, type):
        return '; name a function by its key: {"$function": key}'
    if type(value).__name__ in ("Generator", "RandomState"):
        return '; write the seed instead: {"$rng": seed}'
    if hasattr(value, "__array__") or hasattr(value, "get"):
        return "; bring an array of a device to numpy first"
    return '; name the constructor that makes it: {"$call": key, "params": {...}}'
