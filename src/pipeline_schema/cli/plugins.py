"""Plugins that are installed: each is imported once to see what it offers, and one that fails hinders nothing else."""

from __future__ import annotations

import sys

from pipeline_schema.cli.shown import aside, plain

__all__ = ["discover_plugins"]


def discover_plugins(library: str | None = None) -> None:
    """Make the functions of plugins known; those that can't be had are told on stderr.

    Parameters
    ----------
    library : str, optional
        Only this plugin; nothing happens if it is another library.

    Raises
    ------
    RegistryError
        If the plugin that was asked for can't be imported, or collides with another.
    """
    from registry.errors import RegistryError
    from registry.libraries import find_library, plugin_faults, prefixes
    from registry.resolver import ensure_catalog

    faults: list[RegistryError] = [] if library is not None else list(plugin_faults())
    for prefix in prefixes() if library is None else (library,):
        try:
            if find_library(prefix).source == "plugin":
                with aside():
                    ensure_catalog(prefix)
        except KeyError:
            return  # whoever looks it up says which there are
        except RegistryError as fault:
            if library is not None:
                raise
            faults.append(fault)
    for left_out in faults:
        if sys.stderr is not None:
            print(plain(f"pipeline: left out: {left_out}"), file=sys.stderr)
