"""Standing in for a library's functions, to note what they are given when they do not raise.

A call counts if it comes from outside the library: from an example, a test, or another library. What a library gives
to its own functions is its own affair.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from registry import opencl
from registry.catalog import load_catalog
from registry.entry import FunctionEntry
from registry.libraries import LIBRARIES
from tools.collect_calls.notes import OMITTED, note, shape_of

__all__ = ["Recorder"]

_MOST_TEXTS = 200
_MOST_ALIKE = 4


class Recorder:
    """Notes the values of calls to the functions of some libraries.

    Parameters
    ----------
    libraries : iterable of str
        Prefixes.
    """

    def __init__(self, libraries: Iterable[str]) -> None:
        self.calls: dict[str, int] = {}
        self._notes: dict[tuple[str, str], dict[str, list[Any]]] = {}
        for library in libraries:
            self._stand_in(library)

    def _stand_in(self, library: str) -> None:
        if library == "pyclesperanto":
            opencl.require()
        root = LIBRARIES[library].root
        stand_ins: dict[int, tuple[Any, Any]] = {}
        for entry in load_catalog(library).entries:
            function = _find(entry.import_path)
            if isinstance(function, type):
                # Others inherit from a class and ask for instances of it: it stays, and its constructor notes.
                _watch(function, _Calls(entry, root, self))
            elif function is not None and id(function) not in stand_ins:
                stand_ins[id(function)] = (function, _StandIn(function, _Calls(entry, root, self)))
        for module in _modules(root):
            for name, value in list(vars(module).items()):
                found = stand_ins.get(id(value))
                if found is not None and found[0] is value:
                    setattr(module, name, found[1])

    def add(self, entry: FunctionEntry, arguments: dict[str, Any]) -> None:
        """Note the arguments of a call that did not raise."""
        self.calls[entry.key] = self.calls.get(entry.key, 0) + 1
        for name, value in arguments.items():
            shapes = self._notes.setdefault((entry.key, name), {})
            shape = "str" if isinstance(value, str) else shape_of(value)
            alike = shapes.setdefault(shape, [])
            if len(alike) < (_MOST_TEXTS if shape == "str" else _MOST_ALIKE) and value not in alike:
                alike.append(value)

    def write(self, path: Path) -> None:
        """Write what was noted: ``{"calls": {key: number}, "accepted": {key: {parameter: [values]}}}``."""
        accepted: dict[str, dict[str, list[Any]]] = {}
        for (key, name), shapes in self._notes.items():
            accepted.setdefault(key, {})[name] = [value for alike in shapes.values() for value in alike]
        found = {"calls": self.calls, "accepted": accepted}
        path.write_bytes(msgspec.json.format(msgspec.json.encode(found, order="sorted"), indent=1))


class _Calls:
    """How calls of one function are noted."""

    def __init__(self, entry: FunctionEntry, root: str, recorder: Recorder) -> None:
        self._entry = entry
        self._root = root
        self._recorder = recorder
        by_position = ("positional_only", "positional_or_keyword")
        self._positional = [p.name for p in entry.parameters if p.kind in by_position]
        # A function of any arguments may take the others' names among them.
        open_ended = any(p.kind.startswith("var") for p in entry.parameters)
        self._required = [] if open_ended else [p.name for p in entry.parameters if p.required]

    def through(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call, and note the arguments unless it raises, or the library itself is the caller of the one who asks."""
        if _inside(sys._getframe(2).f_globals.get("__name__", ""), self._root):
            return function(*args, **kwargs)
        # Before the call, which may write into its arguments.
        arguments = {name: note(value) for name, value in (*zip(self._positional, args, strict=False), *kwargs.items())}
        result = function(*args, **kwargs)
        arguments.update({name: OMITTED for name in self._required if name not in arguments})
        self._recorder.add(self._entry, arguments)
        return result


class _StandIn:
    """A function that is called in place of the library's own; in all else it is the library's own."""

    def __init__(self, function: Callable[..., Any], calls: _Calls) -> None:
        self.__dict__.update(getattr(function, "__dict__", {}))
        self.__wrapped__ = function
        self.__name__ = getattr(function, "__name__", "")
        self.__doc__ = function.__doc__
        self._calls = calls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._calls.through(self.__wrapped__, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __get__(self, instance: Any, owner: type) -> Any:
        """Bind as the function would, where a test class keeps it as an attribute."""
        if instance is None or not hasattr(self.__wrapped__, "__get__"):
            return self
        return lambda *args, **kwargs: self(instance, *args, **kwargs)

    def __eq__(self, other: object) -> bool:
        """Tables of a library's test suite have the function itself as a key."""
        return self is other or self.__wrapped__ is getattr(other, "__wrapped__", other)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return type(self.__wrapped__)

    def __reduce__(self) -> Any:
        return self.__wrapped__.__reduce__() if hasattr(self.__wrapped__, "nin") else str(self.__name__)


def _watch(made: type, calls: _Calls) -> None:
    original = made.__init__

    def noting(self: Any, *args: Any, **kwargs: Any) -> None:
        if type(self) is made:
            calls.through(functools.partial(original, self), args, kwargs)
        else:
            original(self, *args, **kwargs)

    made.__init__ = functools.wraps(original)(noting)  # type: ignore[misc]


def _inside(module: str, root: str) -> bool:
    return (module == root or module.startswith(f"{root}.")) and ".tests" not in module


def _find(import_path: str) -> Any:
    module, _, name = import_path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None


def _modules(root: str) -> list[Any]:
    """All modules of a library, loaded; tests load theirs when they run."""
    package = importlib.import_module(root)
    if root != "numpy":
        wanted = "scipy.ndimage" if root == "scipy" else root
        top = importlib.import_module(wanted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for found in pkgutil.walk_packages(top.__path__, f"{wanted}.", onerror=lambda _: None):
                if ".tests" not in found.name and "skimage2" not in found.name:
                    try:
                        importlib.import_module(found.name)
                    except Exception:
                        # A module that needs what is not here (a viewer, a test framework) holds nothing for us.
                        continue
        return [module for name, module in sorted(sys.modules.items()) if _inside(name, wanted)]
    # NumPy's own modules call each other all the time; outsiders use its public names.
    return [package, *(importlib.import_module(f"numpy.{name}") for name in ("fft", "linalg", "random"))]
