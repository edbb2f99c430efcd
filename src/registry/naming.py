"""Keys of users' functions: which one a function gets, and which it may ask for."""

from __future__ import annotations

import msgspec

from registry import plugins
from registry.errors import DuplicateKeyError, InvalidKeyError
from registry.keys import parse_key
from registry.libraries import LIBRARIES, LOCAL

__all__ = ["File", "announce", "checked_key", "file_of", "is_below", "plugin_of"]


class File(msgspec.Struct, frozen=True):
    """A user's file that is run as a module."""

    stem: str
    path: str
    sha256: str


_files: dict[str, File] = {}


def announce(module: str, file: File | None) -> None:
    """Say that a module is a user's file, before it runs; None for no more."""
    if file is None:
        _files.pop(module, None)
    else:
        _files[module] = file


def plugin_of(module: str) -> plugins.Plugin | None:
    """The plugin to which a module belongs, by its top-level package, or None."""
    top = module.partition(".")[0]
    for claimed in plugins.claims().values():
        for plugin in claimed:
            if plugin.root.partition(".")[0] == top and plugin.prefix not in LIBRARIES:
                return plugin
    return None


def file_of(module: str) -> File | None:
    """The user's file that is run as this module, or None."""
    return _files.get(module)


def checked_key(key: str | None, module: str, name: str) -> str:
    """The key of a function.

    Parameters
    ----------
    key : str or None
        What was asked for; None for what its module and name make.
    module, name : str
        Of the function.

    Raises
    ------
    InvalidKeyError
        If it is not spelled like a key.
    DuplicateKeyError
        If its prefix is another library's.
    """
    plugin = plugin_of(module)
    if key is None:
        return _default_key(module, name, plugin)
    prefix = parse_key(key).library
    holders = plugins.claims().get(prefix, ())
    if prefix in LIBRARIES:
        first = f"{LIBRARIES[prefix].distributions[0]} (in the table of libraries)"
    elif holders and prefix != LOCAL and plugin not in holders:
        first = " and ".join(map(str, holders))
    else:
        return key
    message = f"{key}: the prefix {prefix} is that of {first}, to which {module}:{name} does not belong; use {LOCAL}:"
    raise DuplicateKeyError(message, key=key, first=first, second=f"{module}:{name}")


def _default_key(module: str, name: str, plugin: plugins.Plugin | None) -> str:
    if module in _files:
        key = f"{LOCAL}:{_files[module].stem}.{name}"
    elif plugin is None:
        key = f"{LOCAL}:{module}.{name}"
    else:
        below = module.removeprefix(plugin.root).removeprefix(".") if is_below(module, plugin.root) else module
        key = f"{plugin.prefix}:{below}.{name}" if below else f"{plugin.prefix}:{name}"
    try:
        parse_key(key)
    except InvalidKeyError as error:
        message = f"{module}:{name} would have the key {key!a}, which is none; say key={LOCAL + ':my.name'!r}"
        raise InvalidKeyError(message, key=key) from error
    return key


def is_below(module: str, root: str) -> bool:
    """Whether a module is a root or inside of it."""
    return module == root or module.startswith(f"{root}.")
