"""Write the shipped catalogs, or compare them: ``python -m registry.generate [--check] [LIBRARY==VERSION ...]``.

All are made in throw-away environments, since versions of a library exclude each other: some gigabytes of downloads
and some minutes. ``--here`` takes what is installed instead, without any environment.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from registry.catalog import Catalog
from registry.catalog.model import encode
from registry.catalog.shipped import read_shipped, shipped_path
from registry.errors import SourceUnavailableError
from registry.generate.building import BuildError, build, discover_there
from registry.generate.discovering import discover_here
from registry.generate.environments import choose
from registry.generate.observations import observed_in, with_observed
from registry.libraries import installed

__all__ = ["main", "outdated"]


def outdated(catalog: Catalog) -> Path | None:
    """The file that a catalog is shipped as, if it does not say the same.

    Parameters
    ----------
    catalog : Catalog
        Freshly discovered; what trials observed is taken from the file where it has nothing observed.
    """
    path = shipped_path(catalog.library, catalog.version)
    return None if path.exists() and path.read_bytes() == encode(_complete(catalog)) else path


def main(arguments: list[str]) -> int:
    """Write or compare catalogs; 1 if one differs or could not be made."""
    options = _parse(arguments)
    failures = 0
    for made in _made(options):
        if isinstance(made, Exception):
            print(made, file=sys.stderr)
            failures += 1
            continue
        path = outdated(made)
        if path is not None and not options.check:
            path.write_bytes(encode(_complete(made)))
        failures += path is not None and options.check
        state = "as shipped" if path is None else "differs" if options.check else "written"
        counts = f"{len(made)} functions, {len(made.exclusions)} left out"
        print(
            f"{made.library} {made.version}: {counts}, {len(observed_in(_complete(made)))} tried; {state}", flush=True
        )
    return 1 if failures else 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m registry.generate", description="Write the shipped catalogs.")
    parser.add_argument("catalogs", nargs="*", metavar="LIBRARY[==VERSION]", help="which; all if none is named")
    parser.add_argument("--check", action="store_true", help="write nothing, and name what differs")
    parser.add_argument("--here", action="store_true", help="of what is installed here, without environments")
    parser.add_argument("--trials", action="store_true", help="call the functions too, and record what they do")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep environments there, and take those that are")
    options = parser.parse_args(arguments)
    try:
        options.environments = choose(options.catalogs)
    except ValueError as error:
        parser.error(str(error))
    return options


def _made(options: argparse.Namespace) -> Iterator[Catalog | Exception]:
    if options.here:
        for library, version in sorted(pair for each in options.environments for pair in each.makes.items()):
            found = installed(library)
            if found is not None and found[1] == version:
                yield _try_here(library, trials=options.trials)
        return
    with tempfile.TemporaryDirectory(prefix="catalogs-") as temporary:
        for environment in options.environments:
            try:
                python = build(environment, options.keep or Path(temporary))
                yield from discover_there(environment, python, Path(temporary), trials=options.trials)
            except BuildError as error:
                yield error


def _try_here(library: str, *, trials: bool) -> Catalog | Exception:
    try:
        return discover_here(library, trials=trials)
    except SourceUnavailableError as error:
        return error


def _complete(catalog: Catalog) -> Catalog:
    """With what was observed earlier, where no trials were made now."""
    if observed_in(catalog):
        return catalog
    return with_observed(catalog, observed_in(read_shipped(catalog.library, catalog.version)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
