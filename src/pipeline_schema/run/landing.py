"""From scratch to place: outputs arrive by renaming, whole or not at all, and nothing foreign is replaced."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Collection, Iterable
from pathlib import Path

from pipeline_schema.errors import OutputError
from pipeline_schema.run.guard import SCRATCH_PREFIX

__all__ = ["check_way", "discard", "land", "new_scratch", "sweep"]

_SUFFIXES = (".csv", ".json", ".npy", ".parquet", ".tif", ".zarr")
# An output that is a folder.
_FOLDER = ".zarr"


def new_scratch(out: Path) -> Path:
    """A name for an item's scratch folder, beside where its outputs go: renaming must not cross a file system."""
    return out / f"{SCRATCH_PREFIX}{os.getpid()}-{secrets.token_hex(6)}"


def sweep(out: Path) -> None:
    """Remove what killed runs left; only while the folder is locked, when no living run has anything there."""
    for path in out.glob(f"{SCRATCH_PREFIX}*"):
        discard(path)


def discard(path: Path) -> None:
    """Remove a scratch folder or file; what can't be removed stays for the next run's `sweep`."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return


def check_way(folder: Path, stems: Iterable[str], inputs: Collection[Path]) -> None:
    """Refuse, before anything runs, a folder in which an output would replace what is not an output.

    Parameters
    ----------
    folder : Path
        Of the item; need not exist.
    stems : iterable of str
        Of the output files.
    inputs : collection of Path
        Resolved paths of all inputs of the run.

    Raises
    ------
    OutputError
        If a link, folder, pipe or input is in the way.
    """
    for stem in stems:
        _check(folder, (stem + suffix for suffix in _SUFFIXES), inputs)


def land(scratch: Path, folder: Path, files: Iterable[str], inputs: Collection[Path]) -> None:
    """Move an item's outputs to their place: the whole folder at once, or, if it is there, file by file.

    Raises
    ------
    OutputError
        If something is in the way, or the system refuses.
    """
    files = list(files)
    _check(folder, files, inputs)
    try:
        if os.path.lexists(folder):
            for name in files:
                aside = new_scratch(scratch.parent)
                if name.endswith(_FOLDER) and (folder / name).is_dir():
                    # A folder can't be replaced by renaming: the earlier one steps aside first.
                    (folder / name).replace(aside)
                (scratch / name).replace(folder / name)
                discard(aside)
            scratch.rmdir()
        else:
            scratch.rename(folder)
    except OSError as error:
        raise OutputError(f"outputs could not be moved to {folder}: {say(error)}", path=str(folder)) from error


def say(error: OSError) -> str:
    """What an error of the system means, in words."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return "there is no room left on the disk"
    return error.strerror or str(error)


def _check(folder: Path, names: Iterable[str], inputs: Collection[Path]) -> None:
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
        if mode is not None and Path(os.path.realpath(path)) in inputs:
            raise OutputError(
                f"{path} is an input, and an output would replace it; choose another folder", path=str(path)
            )


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _in_the_way(path: Path, mode: int) -> OutputError:
    kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFREG: "a file"}
    what = kinds.get(stat.S_IFMT(mode), "something special")
    return OutputError(f"{path} is in the way: it is {what}; move it, or choose another output folder", path=str(path))
