"""Origins: the words by which another process finds a function that this one registered."""

from __future__ import annotations

import msgspec

from registry.marking import Mark

__all__ = ["Origin"]


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a registered function comes from; a process is told by its parent or by a pickle, never by a document.

    Attributes
    ----------
    key : str
        Its key.
    name : str
        Its name in the module or file.
    module : str or None
        The module to import; None for a function of a file.
    folder : str or None
        Where the module's top-level package was found: a worker does not look in the folder of the user's program.
    path : str or None
        The file to run, absolute; None for a function of a module.
    sha256 : str or None
        Of the file's content.
    said : Mark
        What was said of it when it was registered.
    """

    key: str
    name: str
    module: str | None = None
    folder: str | None = None
    path: str | None = None
    sha256: str | None = None
    said: Mark = Mark()
