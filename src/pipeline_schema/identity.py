"""Who we are, and which `registry` is ours: the name is common, and another package would hold other functions."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["VERSION", "verify_registry"]

VERSION = "0.1.0"

_OURS = Path(__file__).resolve().parent.parent / "registry" / "__init__.py"


def verify_registry() -> None:
    """Refuse a package named `registry` that is not the one installed beside this one.

    Raises
    ------
    ImportError
        Naming both paths, and what to do.
    """
    loaded = sys.modules.get("registry")
    spec = getattr(loaded, "__spec__", None) if loaded is not None else find_spec("registry")
    origin = None if spec is None else spec.origin
    if origin is None or Path(origin).resolve() != _OURS:
        raise ImportError(
            f"pipeline_schema needs the package 'registry' that came with it, at {_OURS}, and Python finds "
            f"{origin or 'none'}; rename that file, or start Python with -P so that the current folder is not searched",
            name="registry",
        )
