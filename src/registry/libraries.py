"""The table of libraries: whose functions the registry knows, and which distribution brings each.

Everything here is read from installed metadata. Nothing is imported, so that asking costs no second and starts no
device.
"""

from __future__ import annotations

from importlib import metadata

import msgspec

__all__ = ["LIBRARIES", "Library", "Missing", "find_library", "installed", "missing", "prefixes"]


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
    """

    prefix: str
    root: str
    distributions: tuple[str, ...]
    backends: tuple[str, ...] = ()
    memory_type: str = "numpy"
    install: str
    version: str | None = None


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


def find_library(prefix: str) -> Library:
    """The row of a library: of the table, or of a plugin.

    Raises
    ------
    KeyError
        If there is no such row.
    """
    return LIBRARIES[prefix]


def prefixes() -> tuple[str, ...]:
    """What can stand left of the colon in a key, sorted: the table's libraries and the plugins' that are installed."""
    return tuple(sorted(LIBRARIES))


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
    if installed(prefix) is None:
        lacking = library.distributions
    elif library.backends and _first_installed(library.backends) is None:
        lacking = library.backends
    else:
        return None
    wanted = lacking[0] if len(lacking) == 1 else f"one of {', '.join(lacking)}"
    message = f"{prefix} needs {wanted}, which is not installed; {library.install}"
    return Missing(library=prefix, message=message, install=library.install)


def _first_installed(distributions: tuple[str, ...]) -> tuple[str, str] | None:
    for distribution in distributions:
        try:
            return distribution, metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return None
