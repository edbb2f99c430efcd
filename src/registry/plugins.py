"""Plugins: distributions that offer functions under a prefix of their own, in the entry-point group of this package.

Everything is read from installed metadata; no plugin is imported here. What a plugin may not have (a prefix of the
table, or another plugin's) is decided in `registry.libraries`.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import msgspec

__all__ = ["GROUP", "Plugin", "claims", "forget", "stamp"]

GROUP = "pipeline_schema.sources"

_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """What one distribution claims.

    Attributes
    ----------
    prefix : str
        The entry point's name: what stands left of the colon in a key.
    root : str
        The entry point's value: the module below which the names right of the colon are found.
    distribution, version : str
        Who claims it.
    """

    prefix: str
    root: str
    distribution: str
    version: str

    @property
    def sound(self) -> bool:
        """Whether the root is spelled like a module."""
        return _MODULE.fullmatch(self.root) is not None

    def __str__(self) -> str:
        return f"{self.distribution} {self.version} ({self.prefix} = {self.root})"


@functools.cache
def claims() -> dict[str, tuple[Plugin, ...]]:
    """Who claims each prefix, sorted; more than one is a collision. Read once in a process."""
    from importlib import metadata  # takes longer to import than all else here; the table needs none of it

    found: dict[str, set[Plugin]] = {}
    for point in metadata.entry_points(group=GROUP):
        # An entry point that was made by hand belongs to no distribution.
        name, version = (point.dist.name, point.dist.version) if point.dist is not None else ("?", "0")
        plugin = Plugin(prefix=point.name, root=point.value.strip(), distribution=name, version=version)
        found.setdefault(plugin.prefix, set()).add(plugin)
    return {prefix: tuple(sorted(found[prefix], key=str)) for prefix in sorted(found)}


def forget() -> None:
    """Read the metadata anew when next asked: something was installed while this process ran."""
    claims.cache_clear()
    stamp.cache_clear()


@functools.cache
def stamp(root: str) -> str:
    """What tells two states of a plugin's files apart, as 12 hexadecimal digits; empty if there are no files.

    Parameters
    ----------
    root : str
        The plugin's root module.

    Notes
    -----
    Made from path, size and time of change of each Python file of the top-level package, so that editing a plugin that
    is installed from its folder is seen. Nothing is imported.
    """
    facts = []
    for path in sorted(_files(root)):
        state = path.stat()
        facts.append(f"{path}\0{state.st_mtime_ns}\0{state.st_size}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12] if facts else ""


def _files(root: str) -> Iterator[Path]:
    top, *below = root.split(".")
    try:
        spec = util.find_spec(top)
    except (ImportError, ValueError):
        return
    if spec is None:
        return
    if spec.origin is not None and spec.submodule_search_locations is None:
        yield Path(spec.origin)
        return
    for location in spec.submodule_search_locations or ():
        # A namespace package is shared by many distributions: only the part that is asked for counts.
        folder = Path(location, *below[:1]) if spec.origin is None else Path(location)
        module = folder.with_suffix(".py")
        if module.is_file():
            yield module
        yield from folder.rglob("*.py")
