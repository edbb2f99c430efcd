"""Errors that the registry raises.

Each is also the builtin that a caller would expect, carries its facts as attributes, and survives pickling.

    RegistryError
    ├── InvalidKeyError (ValueError)           the text is not a key
    ├── UnknownKeyError (LookupError)          no function has this key
    ├── DuplicateKeyError (ValueError)         two functions claim one key
    ├── SourceUnavailableError (ImportError)   the function is known, and can't run on this machine
    ├── CatalogMismatchError                   two processes know different functions under one key
    ├── ArgumentError (TypeError)              an option or argument is not what the function takes
    ├── MemoryConversionError                  an array can't be brought to the memory that is needed
    └── OutOfDeviceMemoryError (MemoryError)   an array has no room on the device that it is brought to
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ArgumentError",
    "CatalogMismatchError",
    "DuplicateKeyError",
    "FactsError",
    "InvalidKeyError",
    "MemoryConversionError",
    "OutOfDeviceMemoryError",
    "RegistryError",
    "SourceUnavailableError",
    "UnknownKeyError",
]


def _rebuild(cls: type[FactsError], message: str, facts: dict[str, Any]) -> FactsError:
    return cls(message, **facts)


class FactsError(Exception):
    """An error whose facts are attributes, and which survives pickling.

    Parameters
    ----------
    message : str
        What is wrong, where, and what to do.
    **facts
        What the error is about; each becomes an attribute.
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self._facts = facts
        for name, value in facts.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        # LookupError's relatives quote their argument, ImportError adds to it: the message is the message.
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self._facts)


class RegistryError(FactsError):
    """Base of all errors of the registry."""


class InvalidKeyError(RegistryError, ValueError):
    """A text is not spelled like a key. Facts: ``key``."""

    key: str


class UnknownKeyError(RegistryError, LookupError):
    """No function has this key.

    Facts: ``key``, ``suggestions``, ``reason`` (of an excluded function, else None), ``versions`` (of the library, that
    have it where the one that was asked lacks it).
    """

    key: str
    suggestions: tuple[str, ...] = ()
    reason: str | None = None
    versions: tuple[str, ...] = ()


class DuplicateKeyError(RegistryError, ValueError):
    """Two functions claim one key. Facts: ``key``, ``first``, ``second``."""

    key: str
    first: str
    second: str


class SourceUnavailableError(RegistryError, ImportError):
    """A function is known but can't be had on this machine. Facts: ``key``, ``library``, ``install``."""

    key: str | None = None
    library: str
    install: str | None = None


class CatalogMismatchError(RegistryError):
    """Two processes know different functions under one key. Facts: ``differences``."""

    differences: tuple[str, ...] = ()


class ArgumentError(RegistryError, TypeError):
    """An option or argument is not what the function takes. Facts: ``key``, ``parameter``, ``value``."""

    key: str | None = None
    parameter: str | None = None
    value: Any = None


class MemoryConversionError(RegistryError):
    """An array can't be brought to the memory that is needed. Facts: ``source``, ``target``, ``key``, ``parameter``."""

    source: str
    target: str
    key: str | None = None
    parameter: str | None = None


class OutOfDeviceMemoryError(RegistryError, MemoryError):
    """An array has no room on the device that it is brought to. Facts: ``key``, ``device`` (its memory type)."""

    key: str | None = None
    device: str | None = None
