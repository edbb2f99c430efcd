"""Functions of image-analysis libraries, by name: keys, what is known about them, and callables made from them.

>>> import registry
>>> blur = registry.resolve("skimage:filters.gaussian", slice_by_slice=True)

Importing this package imports no image library; each name below is loaded when it is first touched.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from registry.annotations import Data
    from registry.correspondence import Counterpart, counterparts
    from registry.decorate import Function
    from registry.decorators import cupy_function, numpy_function, pyclesperanto_function
    from registry.entry import Deprecation, Exclusion, FunctionEntry, Observed, Output, Parameter
    from registry.errors import (
        ArgumentError,
        CatalogMismatchError,
        DuplicateKeyError,
        InvalidKeyError,
        MemoryConversionError,
        OutOfDeviceMemoryError,
        RegistryError,
        SourceUnavailableError,
        UnknownKeyError,
    )
    from registry.keys import Key, parse_key
    from registry.libraries import LIBRARIES, Library
    from registry.local import LocalFunctions, load_functions
    from registry.memory import MEMORY_TYPES, convert, memory_type_of
    from registry.options import CallOptions
    from registry.origin import Origin
    from registry.registration import Registration, register
    from registry.relay import accept, origins
    from registry.resolver import (
        Availability,
        availability,
        describe,
        ensure_catalog,
        exclusions,
        functions_by_memory_type,
        key_of,
        keys,
        resolve,
    )

__all__ = [
    "LIBRARIES",
    "MEMORY_TYPES",
    "ArgumentError",
    "Availability",
    "CallOptions",
    "CatalogMismatchError",
    "Counterpart",
    "Data",
    "Deprecation",
    "DuplicateKeyError",
    "Exclusion",
    "Function",
    "FunctionEntry",
    "InvalidKeyError",
    "Key",
    "Library",
    "LocalFunctions",
    "MemoryConversionError",
    "Observed",
    "Origin",
    "OutOfDeviceMemoryError",
    "Output",
    "Parameter",
    "Registration",
    "RegistryError",
    "SourceUnavailableError",
    "UnknownKeyError",
    "accept",
    "availability",
    "convert",
    "counterparts",
    "cupy_function",
    "describe",
    "ensure_catalog",
    "exclusions",
    "functions_by_memory_type",
    "key_of",
    "keys",
    "load_functions",
    "memory_type_of",
    "numpy_function",
    "origins",
    "parse_key",
    "pyclesperanto_function",
    "register",
    "resolve",
]

_HOMES = {
    "annotations": ("Data",),
    "correspondence": ("Counterpart", "counterparts"),
    "decorate": ("Function",),
    "decorators": ("cupy_function", "numpy_function", "pyclesperanto_function"),
    "entry": ("Deprecation", "Exclusion", "FunctionEntry", "Observed", "Output", "Parameter"),
    "errors": (
        "ArgumentError", "CatalogMismatchError", "DuplicateKeyError", "InvalidKeyError", "MemoryConversionError",
        "OutOfDeviceMemoryError", "RegistryError", "SourceUnavailableError", "UnknownKeyError",
    ),
    "keys": ("Key", "parse_key"),
    "libraries": ("LIBRARIES", "Library"),
    "local": ("LocalFunctions", "load_functions"),
    "memory": ("MEMORY_TYPES", "convert", "memory_type_of"),
    "options": ("CallOptions",),
    "origin": ("Origin",),
    "relay": ("accept", "origins"),
    "registration": ("Registration", "register"),
    "resolver": (
        "Availability", "availability", "describe", "ensure_catalog", "exclusions", "functions_by_memory_type",
        "key_of", "keys", "resolve",
    ),
}  # fmt: skip
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name))


def __dir__() -> list[str]:
    return sorted(__all__)


class _Facade(ModuleType):
    """This package, in which importing the module `registry.keys` does not replace the function of that name."""

    @property
    def keys(self) -> Any:
        return __getattr__("keys")

    @keys.setter
    def keys(self, submodule: ModuleType) -> None:
        pass


sys.modules[__name__].__class__ = _Facade
