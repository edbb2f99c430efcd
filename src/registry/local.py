"""A user's file of functions: run once as a module of its own, its functions registered as ``local:<stem>.<name>``.

The file is read once: what is run is what was hashed. No compiled copy is written beside it, and its folder does not
become a place from which modules are imported.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import os
import sys
import threading
import traceback
from pathlib import Path
from types import ModuleType

import msgspec

from registry.errors import InvalidKeyError, RegistryError, SourceUnavailableError
from registry.keys import parse_key
from registry.libraries import LOCAL
from registry.marking import Mark, mark_of
from registry.naming import File, announce
from registry.registration import Registration, all_registered, record
from registry.sources.plugin import public_functions

__all__ = ["LocalFunctions", "load_functions"]

_MOST_BYTES = 4 * 1024 * 1024
_lock = threading.RLock()
_loaded: dict[str, _Loaded] = {}


class LocalFunctions(msgspec.Struct, frozen=True, kw_only=True):
    """A file of functions that this process knows.

    Attributes
    ----------
    stem : str
        The file's name without ``.py``: the first part of the names in its keys.
    path : str
        Absolute.
    sha256 : str
        Of its content.
    keys : tuple of str
        Of its public functions, sorted.
    """

    stem: str
    path: str
    sha256: str
    keys: tuple[str, ...]


class _Loaded(msgspec.Struct, frozen=True):
    functions: LocalFunctions
    module: str
    registrations: tuple[Registration, ...]


def load_functions(path: str | os.PathLike[str], *, sha256: str | None = None) -> LocalFunctions:
    """Run a file of functions, and let documents name them in this process and in the workers that it starts.

    Parameters
    ----------
    path : path
        A Python file. Public are the functions in its ``__all__``, else those defined in it without a leading
        underscore.
    sha256 : str, optional
        What its content must be: a worker runs what its parent ran, or nothing.

    Returns
    -------
    LocalFunctions
        The same as before if the file was loaded already and is as it was. If it was edited, it is run anew, and its
        functions take the place of the former ones.

    Raises
    ------
    InvalidKeyError
        If the file's name can't be part of a key, as ``my-functions.py``.
    SourceUnavailableError
        If it can't be read, or raises when it is run (facts ``path`` and ``line``), has no public function, or has
        other content than `sha256`.
    DuplicateKeyError
        If a function of another file, of the same name, has one of its keys.
    ArgumentError
        If one of its functions can't be registered.
    """
    file = Path(os.path.realpath(path))
    stem = _checked_stem(file)
    content = _read(file)
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        change = f"its sha256 was {sha256[:12]}..., and is {found[:12]}..."
        message = f"{file} was changed since its functions were named: {change}"
        raise _unusable(message, file)
    with _lock:
        before = _loaded.get(str(file))
        if before is not None and before.functions.sha256 == found:
            return before.functions
        loaded = _load(File(stem, str(file), found), content)
        if before is not None:
            _forget(before, loaded)
        _loaded[str(file)] = loaded
        return loaded.functions


def _load(file: File, content: bytes) -> _Loaded:
    name = f"local_functions_{file.sha256[:16]}_{file.stem}"
    module = ModuleType(name)
    module.__file__ = file.path
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, origin=file.path)
    before = {made.entry.key for made in all_registered()}
    registrations: list[Registration] = []
    sys.modules[name] = module
    announce(name, file)
    try:
        _run(content, file, module)
        for public, function in public_functions(module):
            if getattr(function, "__module__", None) == name:
                said = mark_of(function) or Mark()
                key = said.key or f"{LOCAL}:{file.stem}.{public}"
                registrations.append(record(function, msgspec.structs.replace(said, key=key)))
        if not registrations:
            raise _unusable(f"{file.path} has no public function: a def without a leading underscore", Path(file.path))
    except BaseException:
        for registration in registrations:
            registration.undo()
        for made in all_registered():
            if made.origin.path == file.path and made.origin.sha256 == file.sha256 and made.entry.key not in before:
                Registration(made, None).undo()
        announce(name, None)
        del sys.modules[name]
        raise
    keys = tuple(sorted({registration.key for registration in registrations}))
    functions = LocalFunctions(stem=file.stem, path=file.path, sha256=file.sha256, keys=keys)
    return _Loaded(functions, name, tuple(registrations))


def _run(content: bytes, file: File, module: ModuleType) -> None:
    try:
        exec(compile(content, file.path, "exec", dont_inherit=True), vars(module))
    except RegistryError as error:
        raise type(error)(f"{_place(error, file.path)}: {error}", **error._facts) from error
    except (Exception, SystemExit) as error:
        # The user's own code: whatever it raises is told with its place, and never ends this process.
        line = _line(error, file.path)
        message = f"{_place(error, file.path)}: {type(error).__name__}: {_first_line(error)}"
        raise _unusable(f"the functions of a file can't be had: {message}", Path(file.path), line) from error


def _forget(before: _Loaded, after: _Loaded) -> None:
    """The functions that a file has no more."""
    for registration in before.registrations:
        if registration.key not in after.functions.keys:
            registration.undo()
    announce(before.module, None)
    sys.modules.pop(before.module, None)


def _checked_stem(file: Path) -> str:
    stem = file.stem
    try:
        if file.suffix != ".py":
            raise InvalidKeyError("", key=file.name)
        parse_key(f"{LOCAL}:{stem}.name")
    except InvalidKeyError:
        better = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in stem).strip("_") or "functions"
        better = better if better[0].isalpha() else f"f{better}"
        message = (
            f"the file {file.name} can't be named in keys, which are {LOCAL}:<file>.<function> in letters, digits and "
            f"_; call it {better}.py"
        )
        raise InvalidKeyError(message, key=file.name) from None
    return stem


def _read(file: Path) -> bytes:
    try:
        if not file.is_file():
            # A pipe would be waited for.
            raise _unusable(f"there is no file {file}", file)
        with file.open("rb") as source:
            content = source.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _unusable(f"{file} can't be read: {error.strerror or error}", file) from error
    if len(content) > _MOST_BYTES:
        raise _unusable(f"{file} is larger than any file of functions ({_MOST_BYTES // 1024**2} MiB)", file)
    return content


def _line(error: BaseException, path: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return lines[-1] if lines else None


def _place(error: BaseException, path: str) -> str:
    line = _line(error, path)
    return f"{path}, line {line}" if line else path


def _first_line(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return (text or "without a word").splitlines()[0]


def _unusable(message: str, file: Path, line: int | None = None) -> SourceUnavailableError:
    return SourceUnavailableError(message, key=None, library=LOCAL, install=None, path=str(file), line=line)
