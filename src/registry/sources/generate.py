"""Write the catalogs that are shipped, of the versions that are installed: ``python -m registry.sources.generate``.

With ``--check`` nothing is written, and what differs from a fresh discovery is named: that is a test's business and a
release's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from registry.catalog import Catalog
from registry.catalog.model import encode
from registry.catalog.shipped import shipped_path
from registry.sources import discover

__all__ = ["SHIPPED", "main", "outdated"]

SHIPPED = ("builtin", "numpy", "pyclesperanto", "scipy", "skimage")


def outdated(catalog: Catalog) -> Path | None:
    """The file that a catalog is shipped as, if it does not say the same."""
    path = shipped_path(catalog.library, catalog.version)
    return None if path.exists() and path.read_bytes() == encode(catalog) else path


def main(arguments: list[str]) -> int:
    """Write or check the shipped catalogs; the exit code."""
    check = "--check" in arguments
    stale = 0
    for library in [name for name in arguments if name != "--check"] or SHIPPED:
        catalog = discover(library)
        path = outdated(catalog)
        if path is not None and not check:
            path.write_bytes(encode(catalog))
        stale += path is not None
        state = "as shipped" if path is None else "differs" if check else "written"
        print(f"{library} {catalog.version}: {len(catalog)} functions, {len(catalog.exclusions)} excluded, {state}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
