"""The table of libraries: whose functions the registry knows, and which distribution brings each.

The table itself is closed. Beside it stand the plugins that are installed, and what was added in this process: users'
own functions, and plugins of which only the catalog is here. Everything is read from installed metadata. Nothing is
imported, so that asking costs no second and starts no device.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from registry import plugins
from registry.errors import DuplicateKeyError, InvalidKeyError, RegistryError
from registry.installed import version_of
from registry.keys import parse_key

__all__ = [
    "LIBRARIES",
    "LOCAL",
    "Library",
    "Missing",
    "add_library",
    "find_library",
    "installed",
    "missing",
    "plugin_faults",
    "prefixes",
    "remove_library",
]

LOCAL = "local"
"""The prefix of users' own functions, of which only the process that was told of them knows."""


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table.

    Attributes
    ----------
    prefix : str
        What stands left of the colon in a key.
    root : str
        The module below which the names right of the colon are found, for example ``cupyx.scipy``.
    distributions : tuple of str
        Which distributions bring the library; the first that is installed wins.
    backends : tuple of str
        Distributions of which one is needed besides; empty where the library works by itself.
    memory_type : str
        Where its arrays live.
    install : str
        What to type to get it.
    version : str or None
        Of functions that are part of this distribution: their own version, raised when one of them changes.
    source : {'table', 'plugin', 'registered', 'catalog'}
        How it came to be known: by the closed table, by an installed plugin's entry point, by functions that this
        process registered, or by a catalog that it was given of a plugin that is not installed.
    """

    prefix: str
    root: str
    distributions: tuple[str, ...]
    backends: tuple[str, ...] = ()
    memory_type: str = "numpy"
    install: str
    version: str | None = None
    source: Literal["table", "plugin", "registered", "catalog"] = "table"


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Why a library can't be imported here, and what to type to change that."""

    library: str
    message: str
    install: str


_CUPY = ("cupy-cuda12x", "cupy-cuda13x", "cupy")
_CUDA_INSTALL = "pip install 'pipeline-schema[cuda12]' (CUDA 12) or 'pipeline-schema[cuda13]' (CUDA 13)"

LIBRARIES: dict[str, Library] = {
    row.prefix: row
    for row in (
        Library(
            prefix="builtin",
            root="registry.builtin",
            distributions=("pipeline-schema",),
            install="pip install pipeline-schema",
            version="1",
        ),
        Library(
            prefix="cucim",
            root="cucim.skimage",
            distributions=("cucim-cu12", "cucim-cu13", "cucim"),
            backends=_CUPY,
            memory_type="cupy",
            install=_CUDA_INSTALL,
        ),
        Library(prefix="cupy", root="cupy", distributions=_CUPY, memory_type="cupy", install=_CUDA_INSTALL),
        Library(prefix="cupyx", root="cupyx.scipy", distributions=_CUPY, memory_type="cupy", install=_CUDA_INSTALL),
        Library(prefix="numpy", root="numpy", distributions=("numpy",), install="pip install numpy"),
        Library(
            prefix="pyclesperanto",
            root="pyclesperanto",
            distributions=("pyclesperanto",),
            backends=("pyclesperanto-opencl", "pyclesperanto-cuda", "pyclesperanto-metal"),
            memory_type="pyclesperanto",
            install="pip install 'pipeline-schema[opencl]' (with a GPU) or 'pipeline-schema[opencl-cpu]' (without one)",
        ),
        Library(prefix="scipy", root="scipy", distributions=("scipy",), install="pip install scipy"),
        Library(prefix="skimage", root="skimage", distributions=("scikit-image",), install="pip install scikit-image"),
    )
}


# Always a row, so that a key of a function that nobody named the file of is answered with what to do.
_LOCAL = Library(
    prefix=LOCAL,
    root=LOCAL,
    distributions=(LOCAL,),
    install="name the file with --functions FILE.py (in Python: registry.load_functions), or import what registers it",
    version="0",
    source="registered",
)
_added: dict[str, Library] = {}


def find_library(prefix: str) -> Library:
    """The row of a library: of the table, of a plugin, or of what was added in this process.

    Raises
    ------
    KeyError
        If there is no such row.
    DuplicateKeyError
        If more than one plugin claims the prefix.
    InvalidKeyError
        If the plugin that claims it names no module.
    """
    row = LIBRARIES.get(prefix) or _added.get(prefix)
    if row is not None:
        return row
    if prefix == LOCAL:
        return _LOCAL
    claimed = plugins.claims().get(prefix)
    if not claimed:
        raise KeyError(prefix)
    fault = _fault(claimed)
    if fault is not None:
        raise fault
    return _row(claimed[0])


def prefixes() -> tuple[str, ...]:
    """What can stand left of the colon in a key, sorted: of the table, of plugins, and of what was added."""
    sound = {prefix for prefix, claimed in plugins.claims().items() if _fault(claimed) is None}
    return tuple(sorted({*LIBRARIES, *_added, *sound}))


def plugin_faults() -> tuple[RegistryError, ...]:
    """The plugins that are left out, each with the reason: a prefix that is another's, a root that is no module."""
    return tuple(fault for claimed in plugins.claims().values() if (fault := _fault(claimed)) is not None)


def add_library(row: Library) -> None:
    """Let this process know of a library; one that was added before under its prefix is replaced.

    Raises
    ------
    InvalidKeyError
        If the prefix can't be part of a key.
    DuplicateKeyError
        If the prefix is in the table, or an installed plugin's.
    """
    parse_key(f"{row.prefix}:name")
    if row.prefix == LOCAL:
        row = _LOCAL
    taken = LIBRARIES.get(row.prefix)
    claimed = plugins.claims().get(row.prefix, ()) if row.prefix != LOCAL else ()
    if taken is not None or claimed:
        first = f"{taken.distributions[0]} (in the table of libraries)" if taken else " and ".join(map(str, claimed))
        raise _collision(row.prefix, first, " or ".join(row.distributions))
    _added[row.prefix] = row


def remove_library(prefix: str) -> None:
    """Forget a library that was added; nothing happens if none was."""
    _added.pop(prefix, None)


def installed(prefix: str) -> tuple[str, str] | None:
    """The distribution that brings a library here, and its version.

    Parameters
    ----------
    prefix : str
        One of `prefixes`.

    Returns
    -------
    tuple of (str, str), or None
        None if no distribution of the row is installed.

    Raises
    ------
    KeyError
        If there is no such row.
    """
    library = find_library(prefix)
    if library.version is not None:
        return library.distributions[0], library.version
    return _first_installed(library.distributions)


def missing(prefix: str) -> Missing | None:
    """What a library lacks here, as far as installed metadata says; devices are not looked at.

    Parameters
    ----------
    prefix : str
        One of `prefixes`.

    Returns
    -------
    Missing or None
        None if the library and what it needs besides are installed.

    Raises
    ------
    KeyError
        If there is no such row.
    """
    library = find_library(prefix)
    if prefix == LOCAL and prefix not in _added:
        message = f"functions of users are known where they were named; {library.install}"
        return Missing(library=prefix, message=message, install=library.install)
    if installed(prefix) is None:
        lacking = library.distributions
    elif library.backends and _first_installed(library.backends) is None:
        lacking = library.backends
    else:
        return None
    wanted = lacking[0] if len(lacking) == 1 else f"one of {', '.join(lacking)}"
    message = f"{prefix} needs {wanted}, which is not installed; {library.install}"
    return Missing(library=prefix, message=message, install=library.install)


def _row(plugin: plugins.Plugin) -> Library:
    return Library(
        prefix=plugin.prefix,
        root=plugin.root,
        distributions=(plugin.distribution,),
        install=f"pip install {plugin.distribution}",
        source="plugin",
    )


def _fault(claimed: tuple[plugins.Plugin, ...]) -> RegistryError | None:
    """Why who claims a prefix can't have it."""
    prefix, first = claimed[0].prefix, claimed[0]
    if prefix in LIBRARIES or prefix == LOCAL:
        holder = "users' own functions" if prefix == LOCAL else LIBRARIES[prefix].distributions[0]
        return _collision(prefix, f"pipeline-schema (for {holder})", str(first))
    if len(claimed) > 1:
        return _collision(prefix, str(first), str(claimed[1]))
    try:
        parse_key(f"{prefix}:name")
    except InvalidKeyError:
        message = f"{first} offers functions under {prefix!a}, which can't be part of a key; letters, digits, _"
        return InvalidKeyError(message, key=prefix)
    if not first.sound:
        return InvalidKeyError(f"{first}: the entry point's value must be a module, as in mylab.functions", key=prefix)
    return None


def _collision(prefix: str, first: str, second: str) -> DuplicateKeyError:
    message = f"the prefix {prefix} is claimed twice: by {first} and by {second}; the second must choose another"
    return DuplicateKeyError(message, key=prefix, first=first, second=second)


def _first_installed(distributions: tuple[str, ...]) -> tuple[str, str] | None:
    for distribution in distributions:
        version = version_of(distribution)
        if version is not None:
            return distribution, version
    return None
