"""What runs inside a throw-away environment: ``python -m registry.generate.discovering FOLDER LIBRARY...``."""

from __future__ import annotations

import sys
from pathlib import Path

from registry.catalog import Catalog
from registry.catalog.model import encode
from registry.catalog.shipped import shipped_path
from registry.generate.observations import with_observed
from registry.sources import discover

__all__ = ["discover_here", "main"]


def discover_here(library: str, *, trials: bool = False) -> Catalog:
    """The catalog of a library that is installed here, with what trials show if they are asked for.

    Parameters
    ----------
    library : str
        The prefix of its keys.
    trials : bool
        Whether functions are called, of the keys that are shipped or cached for this version.

    Raises
    ------
    SourceUnavailableError
        If it is not installed, or has no functions here.
    """
    catalog = discover(library)
    if not trials:
        return catalog
    from registry.trials import run_trials

    return with_observed(catalog, run_trials(library))


def main(arguments: list[str]) -> int:
    """Write the catalog of each library into a folder."""
    folder, *libraries = [argument for argument in arguments if argument != "--trials"]
    for library in libraries:
        catalog = discover(library)
        if "--trials" in arguments:
            # Trials look keys up: this copy of the package, made for this environment, must know them.
            shipped_path(library, catalog.version).write_bytes(encode(catalog))
            catalog = discover_here(library, trials=True)
        (Path(folder) / f"{library}-{catalog.version}.json").write_bytes(encode(catalog))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
