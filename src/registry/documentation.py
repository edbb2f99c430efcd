"""Where a function's documentation is on the web: a template a library, filled with the function's public name."""

from __future__ import annotations

from registry.entry import FunctionEntry

__all__ = ["documentation_url"]

# {namespace} and {name} are the parts of the public name, {minor} the first two parts of the version.
_OF_VERSION = {
    "numpy": "https://numpy.org/doc/{minor}/reference/generated/numpy.{dotted}.html",
    "scipy": "https://docs.scipy.org/doc/scipy-{version}/reference/generated/scipy.{dotted}.html",
    "skimage": "https://scikit-image.org/docs/{minor}.x/api/skimage.{namespace}.html#skimage.{dotted}",
}
_NEWEST = {
    "cucim": "https://docs.rapids.ai/api/cucim/stable/api/#cucim.skimage.{dotted}",
    "cupy": "https://docs.cupy.dev/en/stable/reference/generated/cupy.{dotted}.html",
    "cupyx": "https://docs.cupy.dev/en/stable/reference/generated/cupyx.scipy.{dotted}.html",
    "numpy": "https://numpy.org/doc/stable/reference/generated/numpy.{dotted}.html",
    "pyclesperanto": "https://clesperanto.github.io/pyclesperanto/",
    "scipy": "https://docs.scipy.org/doc/scipy/reference/generated/scipy.{dotted}.html",
    "skimage": "https://scikit-image.org/docs/stable/api/skimage.{namespace}.html#skimage.{dotted}",
}


def documentation_url(entry: FunctionEntry, version: str | None = None) -> str | None:
    """The page about a function.

    Parameters
    ----------
    entry : FunctionEntry
    version : str or None
        Of the library, as its catalog has it; None is the newest release. CuPy, cuCIM and pyclesperanto are linked at
        their newest release always.

    Returns
    -------
    str or None
        None where the library is not documented on the web: builtin functions, plugins, users' own.
    """
    template = _NEWEST.get(entry.library)
    if version is not None:
        template = _OF_VERSION.get(entry.library, template)
    if template is None:
        return None
    return template.format(
        dotted=entry.name,
        namespace=entry.name.rpartition(".")[0],
        version=version,
        minor=".".join((version or "").split(".")[:2]),
    )
