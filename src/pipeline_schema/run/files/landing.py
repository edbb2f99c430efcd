"""From scratch to place: outputs arrive by renaming, whole or not at all, and nothing foreign is replaced."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline_schema.errors import OutputError
from pipeline_schema.run.workers.guard import SCRATCH_PREFIX

__all__ = ["check_way", "discard", "earlier_outputs", "land", "new_scratch", "sweep"]

# All that an output's file may end with.
_SUFFIXES = (".csv", ".json", ".npy", ".parquet", ".tif", ".zarr")
# The one kind of output that is a folder.
_FOLDER = ".zarr"


def new_scratch(out: Path, shard: str | None = None) -> Path:
    """A name for a scratch folder, beside where outputs go: renaming must not cross a file system.

    Those of a run's items begin with that of the run, and a dash.
    """
    return out / f"{_prefix(shard)}{os.getpid()}-{secrets.token_hex(6)}"


def sweep(out: Path, shard: str | None = None) -> None:
    """Remove what killed runs left; only while the folder is locked, when no living run has anything there.

    Of a shard, only what its own earlier runs left: others may be at work.
    """
    for path in out.glob(f"{_prefix(shard)}*"):
        discard(path)


def _prefix(shard: str | None) -> str:
    return SCRATCH_PREFIX if shard is None else f"{SCRATCH_PREFIX}{shard.replace('/', '-of-')}-"


def discard(path: Path) -> None:
    """Remove a scratch folder or file; what can't be removed stays for the next run's `sweep`."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return


def check_way(folder: Path, stems: Iterable[str], is_input: Callable[[Path], bool]) -> None:
    """Refuse, before anything runs, a folder in which an output would replace what is not an output.

    Parameters
    ----------
    folder : Path
        Of the item; need not exist.
    stems : iterable of str
        Of the output files.
    is_input : callable
        Whether a real path is an input of the run.

    Raises
    ------
    OutputError
        If a link, folder, pipe or input is in the way.
    """
    _check(folder, (stem + suffix for stem in stems for suffix in _SUFFIXES), is_input)


def earlier_outputs(folder: Path, stems: Iterable[str]) -> list[str]:
    """The outputs in an item's folder: of an earlier run, where this one has made none."""
    return [stem + suffix for stem in stems for suffix in _SUFFIXES if os.path.lexists(folder / (stem + suffix))]


def land(scratch: Path, folder: Path, files: Iterable[str], is_input: Callable[[Path], bool]) -> None:
    """Move an item's outputs to their place: the whole folder at once, or, if it is there, file by file.

    Raises
    ------
    OutputError
        If something is in the way, or the system refuses.
    """
    try:
        if not os.path.lexists(folder):
            scratch.rename(folder)
            return
        files = list(files)
        _check(folder, files, is_input)
        for name in files:
            if (folder / name).is_dir():
                # A folder is not replaced in one go; between the two it is absent, and never half of each.
                (folder / name).rename(scratch / f"{name}.before")
            (scratch / name).replace(folder / name)
        discard(scratch)
    except OSError as error:
        raise OutputError(f"outputs could not be moved to {folder}: {say(error)}", path=str(folder)) from error


def say(error: OSError) -> str:
    """What an error of the system means, in words."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return "there is no room left on the disk"
    return error.strerror or str(error)


def _check(folder: Path, names: Iterable[str], is_input: Callable[[Path], bool]) -> None:
    mode = _mode(folder)
    if mode is None:
        return
    if not stat.S_ISDIR(mode):
        raise _in_the_way(folder, mode)
    for path in (folder / name for name in names):
        mode = _mode(path)
        is_output = stat.S_ISDIR if path.suffix == _FOLDER and (path / "zarr.json").is_file() else stat.S_ISREG
        if mode is not None and not is_output(mode):
            raise _in_the_way(path, mode)
        if mode is not None and is_input(Path(os.path.realpath(path))):
            raise OutputError(
                f"{path} is an input, and an output would replace it; choose another folder", path=str(path)
            )


def _mode(path: Path) -> int | None:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None


def _in_the_way(path: Path, mode: int) -> OutputError:
    kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFREG: "a file"}
    what = kinds.get(stat.S_IFMT(mode), "something special")
    return OutputError(f"{path} is in the way: it is {what}; move it, or choose another output folder", path=str(path))
