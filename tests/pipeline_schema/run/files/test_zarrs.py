"""OME-Zarr: every version that is about, and nothing filled in silently."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from pipeline_schema.errors import ImageError, OutputError
from pipeline_schema.run.files import zarrs
from pipeline_schema.run.files.readers import read_image
from pipeline_schema.run.files.zarrs import write_zarr

_STACK = np.random.default_rng(0).integers(1, 999, (2, 3, 40, 50), dtype=np.uint16)
_AXES = [
    {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"},
    {"name": "y", "type": "space", "unit": "nanometer"},
    {"name": "x", "type": "space"},
]


def _image(folder: Path, version: str, *, axes: Any = _AXES, array: np.ndarray = _STACK, **options: Any) -> Path:
    """An image of two resolutions, as others write it."""
    number = 3 if version == "0.5" else 2
    scale = [{"type": "scale", "scale": [1, 2.0, 650, 0.5]}, {"type": "translation", "translation": [0, 1, 1, 1]}]
    multiscale = {
        "version": version,
        "datasets": [{"path": name, "coordinateTransformations": scale} for name in ("full", "half")],
        "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 2, 1]}],
    } | ({} if axes is None else {"axes": axes})
    said = {
        "multiscales": [multiscale],
        "omero": {"channels": [{"label": "DAPI", "color": "0000FF"}, {"label": "GFP"}]},
    }
    group = zarr.create_group(folder, zarr_format=number, attributes={"ome": said} if number == 3 else said)
    options = {"chunks": tuple(min(20, length) for length in array.shape)} | options
    for name, data in (("full", array), ("half", array[..., ::2, ::2])):
        group.create_array(name, data=data, **options)
    return folder


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("options", [{}, {"compressors": None}, {"chunks": (1, 3, 10, 10), "shards": (2, 3, 20, 30)}])
def test_the_full_resolution_is_read_with_all_that_is_said_of_it(tmp_path: Path, version: str, options: Any) -> None:
    """Pixels, axes, pixel size where a unit is said, names of channels; whatever the chunks and codecs."""
    if version == "0.4" and "shards" in options:
        options = {"chunk_key_encoding": {"name": "v2", "separator": "/"}, "order": "F"}
    image = read_image(_image(tmp_path / "a.zarr", version, **options))
    np.testing.assert_array_equal(image.array, _STACK)
    assert (image.array.dtype, image.axes, image.channels) == (np.uint16, "CZYX", ("DAPI", "GFP"))
    assert image.pixel_size == {"Z": (2.0, "µm"), "Y": (1300.0, "nm")}
    assert image.notes == ()


@pytest.mark.parametrize(("axes", "expected"), [(["z", "c", "y", "x"], "ZCYX"), (["z", "c", "y", "phi"], "ZCY?")])
def test_axes_of_older_versions_are_names(tmp_path: Path, axes: Any, expected: str) -> None:
    """Version 0.3 names axes without more; a name that we have no letter for is not known."""
    assert read_image(_image(tmp_path / "a.zarr", "0.3", axes=axes)).axes == expected


def test_the_oldest_have_five_axes(tmp_path: Path) -> None:
    """Versions 0.1 and 0.2 say no axes: they are always these five."""
    assert read_image(_image(tmp_path / "a.zarr", "0.2", axes=None, array=_STACK[None])).axes == "TCZYX"
    with pytest.raises(ImageError, match="4 axes, and its metadata names 2"):
        read_image(_image(tmp_path / "b.zarr", "0.4", axes=["y", "x"]))


def test_a_bare_array_is_an_image(tmp_path: Path) -> None:
    """An array of its own has the axes that its dimensions are called by, or unknown ones."""
    for number, names, axes in ((2, None, "??"), (3, None, "??"), (3, ["y", "x"], "YX"), (3, ["lat", "lon"], "??")):
        path = tmp_path / f"{number}{axes}{names}.zarr"
        zarr.create_array(path, data=_STACK[0, 0], zarr_format=number, dimension_names=names)
        image = read_image(path)
        np.testing.assert_array_equal(image.array, _STACK[0, 0])
        assert image.axes == axes


def test_big_endian_and_fortran_order_do_not_show(tmp_path: Path) -> None:
    """Whatever the bytes on disk, the array is native."""
    zarr.create_array(tmp_path / "a.zarr", data=_STACK.astype(">u2"), zarr_format=2, order="F")
    image = read_image(tmp_path / "a.zarr")
    np.testing.assert_array_equal(image.array, _STACK)
    assert image.array.dtype.isnative


def test_labels_are_images_in_an_image(tmp_path: Path) -> None:
    """The path of a label image within a store is read as any image."""
    folder = _image(tmp_path / "a.zarr", "0.4")
    zarr.create_group(folder / "labels", zarr_format=2, attributes={"labels": ["cells"]})
    _image(folder / "labels" / "cells", "0.4", axes=["c", "z", "y", "x"])
    assert read_image(folder / "labels" / "cells").axes == "CZYX"
    with pytest.raises(ImageError, match="one of them: cells"):
        read_image(folder / "labels")


def _chunks(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "full").rglob("*") if path.is_file() and path.name.split(".")[0].isdigit())


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_missing_chunks_are_told(tmp_path: Path, version: str) -> None:
    """Chunks that are not there read as the fill value, as Zarr means it, and a note counts them; all are an error."""
    folder = _image(tmp_path / "a.zarr", version)
    chunks = _chunks(folder)
    chunks[0].unlink()
    image = read_image(folder)
    assert image.notes == (f"1 of {len(chunks)} chunks are not there, and were read as 0",)
    assert (image.array[:, :, :20, :20] == 0).all()
    for chunk in chunks[1:]:
        chunk.unlink()
    with pytest.raises(ImageError, match=f"has none of its {len(chunks)} chunks"):
        read_image(folder)


def test_missing_shards_are_counted_as_such(tmp_path: Path) -> None:
    """What is stored as one is missing as one."""
    folder = _image(tmp_path / "a.zarr", "0.5", chunks=(1, 3, 10, 10), shards=(2, 3, 20, 30))
    chunks = _chunks(folder)
    chunks[-1].unlink()
    assert read_image(folder).notes == (f"1 of {len(chunks)} chunks are not there, and were read as 0",)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("compressors", ["auto", None])
@pytest.mark.parametrize("cut", [0.0, 0.5])
def test_a_damaged_chunk_is_an_error_with_the_path(tmp_path: Path, version: str, compressors: Any, cut: float) -> None:
    """A chunk that was broken off is never pixels."""
    folder = _image(tmp_path / "a.zarr", version, compressors=compressors)
    chunk = _chunks(folder)[-1]
    chunk.write_bytes(chunk.read_bytes()[: int(chunk.stat().st_size * cut)])
    with pytest.raises(ImageError, match=r"a\.zarr is a damaged Zarr store"):
        read_image(folder)


def test_a_flipped_bit_of_ours_is_found(tmp_path: Path) -> None:
    """What is written here has checksums: no bit changes unseen."""
    write_zarr(tmp_path / "a.zarr", _STACK[0, 0], "YX", {})
    chunk = tmp_path / "a.zarr" / "0" / "c" / "0" / "0"
    whole = chunk.read_bytes()
    for at in range(0, len(whole), 101):
        chunk.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(ImageError, match="damaged"):
            read_image(tmp_path / "a.zarr")


def _metadata(text: str) -> Any:
    return lambda folder: (folder / "zarr.json").write_text(text)


def _said(**ome: Any) -> Any:
    return _metadata(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {"ome": ome}}))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: None, "is no OME-Zarr"),
        (_metadata("{"), "metadata that can't be read"),
        (_metadata("[]"), "metadata that can't be read"),
        (_metadata("[" * 9999), "metadata that can't be read"),
        (_metadata('{"a":' * 9999 + "1" + "}" * 9999), "metadata that can't be read"),
        (_said(multiscales=3), "metadata that can't be read: Expected `array`, got `int` - at `$.multiscales`"),
        (_said(multiscales=[{"datasets": [{"path": "../b"}]}]), "names '../b' as a part of it"),
        (_said(multiscales=[{"datasets": [{"path": "/etc"}]}]), "names '/etc' as a part of it"),
        (_said(multiscales=[{"datasets": [{"path": "0"}]}]), "can't be read: No such file"),
        (_said(multiscales=[]), "without an image"),
        (_said(plate={"wells": []}), "is a plate of many images"),
        (_said(well={"images": []}), "is a plate of many images"),
    ],
)
def test_what_is_no_image_is_refused(tmp_path: Path, make: Any, said: str) -> None:
    """Metadata that is not there, not JSON, not what it should be, or leads elsewhere."""
    folder = tmp_path / "a.zarr"
    folder.mkdir()
    make(folder)
    with pytest.raises(ImageError) as caught:
        read_image(folder)
    assert said in str(caught.value)
    assert str(folder) in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are files on POSIX only")
def test_a_pipe_in_a_store_is_not_waited_for(tmp_path: Path) -> None:
    """A chunk that is no file is refused before anybody reads it."""
    folder = _image(tmp_path / "a.zarr", "0.4")
    chunk = _chunks(folder)[0]
    chunk.unlink()
    os.mkfifo(chunk)
    with pytest.raises(ImageError, match="neither a file nor a folder"):
        read_image(folder)


def test_what_is_written_is_ome_zarr(tmp_path: Path) -> None:
    """Axes in the order of the specification, their types and units, a scale, the version, dimension names."""
    write_zarr(tmp_path / "a.zarr", _STACK, "CZYX", {"X": (0.5, "µm"), "Z": (2.0, "µm")}, ("DAPI", "GFP"))
    said = json.loads((tmp_path / "a.zarr" / "zarr.json").read_text())["attributes"]["ome"]
    (multiscale,) = said["multiscales"]
    assert said["version"] == "0.5"
    assert multiscale["axes"] == [
        {"name": "c", "type": "channel"},
        {"name": "z", "type": "space", "unit": "micrometer"},
        {"name": "y", "type": "space"},
        {"name": "x", "type": "space", "unit": "micrometer"},
    ]
    (dataset,) = multiscale["datasets"]
    assert dataset["coordinateTransformations"] == [{"type": "scale", "scale": [1.0, 2.0, 1.0, 0.5]}]
    assert [channel["label"] for channel in said["omero"]["channels"]] == ["DAPI", "GFP"]
    assert set(said["omero"]["channels"][0]["window"]) == {"min", "max", "start", "end"}
    assert json.loads((tmp_path / "a.zarr" / "0" / "zarr.json").read_text())["dimension_names"] == ["c", "z", "y", "x"]


def test_labels_are_marked(tmp_path: Path) -> None:
    """A label image says that it is one, to viewers that colour it."""
    write_zarr(tmp_path / "a.zarr", _STACK[0, 0], "YX", {}, labels=True)
    assert "image-label" in json.loads((tmp_path / "a.zarr" / "zarr.json").read_text())["attributes"]["ome"]


@pytest.mark.parametrize("axes", [None, "CYXS", "CZT?"])
def test_what_ome_zarr_has_no_word_for_is_a_bare_array(tmp_path: Path, axes: str | None) -> None:
    """Pixels are kept, and nothing is claimed of their axes."""
    write_zarr(tmp_path / "a.zarr", _STACK, axes, {})
    image = read_image(tmp_path / "a.zarr")
    np.testing.assert_array_equal(image.array, _STACK)
    assert image.axes == "????"


@pytest.mark.parametrize("code", "?bBhHiIlLqQefdFD")
def test_every_number_of_numpy_is_written(tmp_path: Path, code: str) -> None:
    """Also by its second name: tifffile reads 64 bits as ``long long``, of which Zarr has never heard."""
    array = np.arange(12).reshape(3, 4).astype(code)
    write_zarr(tmp_path / "a.zarr", array, "YX", {})
    np.testing.assert_array_equal(read_image(tmp_path / "a.zarr").array, array, strict=True)


def test_an_empty_image_has_its_chunks(tmp_path: Path) -> None:
    """Zeros are written as well: what lacks a chunk is broken, not empty."""
    write_zarr(tmp_path / "a.zarr", np.zeros((2000, 30), np.uint8), "YX", {})
    assert read_image(tmp_path / "a.zarr").notes == ()


def test_equal_arrays_are_equal_folders(tmp_path: Path) -> None:
    """Nothing of the time or the machine is in a store."""
    for name in ("a.zarr", "b.zarr"):
        write_zarr(tmp_path / name, _STACK, "CZYX", {})
    files = {path.relative_to(tmp_path / "a.zarr"): path for path in (tmp_path / "a.zarr").rglob("*") if path.is_file()}
    assert len(files) == 8
    for relative, path in files.items():
        assert path.read_bytes() == (tmp_path / "b.zarr" / relative).read_bytes()


def test_without_the_library_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core does without zarr: what needs it says what to install."""
    folder = _image(tmp_path / "a.zarr", "0.4")
    monkeypatch.setattr(zarrs, "find_spec", lambda _: None)
    for raised, act in (
        (ImageError, lambda: read_image(folder)),
        (OutputError, lambda: write_zarr(tmp_path / "b.zarr", _STACK, None, {})),
    ):
        with pytest.raises(raised, match=r"pip install 'pipeline-schema\[zarr\]'"):
            act()
    shutil.rmtree(folder)
