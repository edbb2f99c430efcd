"""The table of environments: which catalogs are shipped, and what must be installed together to make them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

__all__ = ["ENVIRONMENTS", "Environment", "choose", "shipped"]


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What is installed together, and the catalogs that are made there.

    Attributes
    ----------
    name : str
        Of its folder.
    makes : dict of str to str
        Versions by library.
    requirements : tuple of str
        Pinned, as pip takes them.
    bare : tuple of str
        Installed after them without what they ask for: no catalog needs that, and it is large.
    """

    name: str
    makes: dict[str, str]
    requirements: tuple[str, ...]
    bare: tuple[str, ...] = ()


def _imaging(version: str, numpy: str, scipy: str) -> Environment:
    return Environment(
        name=f"skimage-{version}",
        makes={"skimage": version},
        requirements=(f"scikit-image=={version}", f"numpy=={numpy}", f"scipy=={scipy}", "PyWavelets==1.9.0"),
    )


ENVIRONMENTS = (
    Environment(
        name="current",
        makes={
            "builtin": "1",
            "numpy": "2.4.6",
            "pyclesperanto": "0.25.1",
            "scipy": "1.17.1",
            "skimage": "0.26.0",
        },
        requirements=(
            "array-api-compat==1.16.0",
            "numpy==2.4.6",
            "PyWavelets==1.9.0",
            "pocl-binary-distribution==3.0",
            "pyclesperanto==0.25.1",
            "pyclesperanto-opencl==0.25.1",
            "scikit-image==0.26.0",
            "scipy==1.17.1",
        ),
    ),
    _imaging("0.25.2", numpy="2.2.6", scipy="1.15.3"),
    _imaging("0.24.0", numpy="2.1.3", scipy="1.14.1"),
    _imaging("0.23.2", numpy="2.0.2", scipy="1.14.1"),
    # Built against NumPy 1: it does not import with NumPy 2.
    _imaging("0.22.0", numpy="1.26.4", scipy="1.13.1"),
    # Both are read without a GPU, but cucim.skimage.segmentation does not import without these CUDA libraries.
    Environment(
        name="cuda",
        makes={"cucim": "26.10.0", "cupy": "14.2.0", "cupyx": "14.2.0"},
        requirements=(
            "click==8.5.1",
            "cupy-cuda12x==14.2.0",
            "lazy-loader==0.6",
            "numpy==2.4.6",
            "nvidia-cublas-cu12==12.9.3.13",
            "nvidia-cusolver-cu12==11.7.5.82",
            "nvidia-cusparse-cu12==12.5.10.65",
            "scikit-image==0.26.0",
            "scipy==1.17.1",
        ),
        bare=("cucim-cu12==26.10.0",),
    ),
)


def shipped() -> tuple[tuple[str, str], ...]:
    """Library and version of every catalog that the table makes, sorted."""
    return tuple(sorted(pair for environment in ENVIRONMENTS for pair in environment.makes.items()))


def choose(wanted: Iterable[str]) -> tuple[Environment, ...]:
    """The environments of some catalogs, reduced to those.

    Parameters
    ----------
    wanted : iterable of str
        ``LIBRARY==VERSION``, or ``LIBRARY`` for all its versions; none for all.

    Raises
    ------
    ValueError
        If the table has no such catalog.
    """
    names = tuple(wanted)
    known = {f"{library}=={version}" for library, version in shipped()} | {library for library, _ in shipped()}
    strange = [name for name in names if name not in known]
    if strange:
        raise ValueError(f"no environment makes {', '.join(strange)}; known are {', '.join(sorted(known))}")
    chosen = []
    for environment in ENVIRONMENTS:
        makes = {
            library: version
            for library, version in environment.makes.items()
            if not names or library in names or f"{library}=={version}" in names
        }
        if makes:
            chosen.append(msgspec.structs.replace(environment, makes=makes))
    return tuple(chosen)
