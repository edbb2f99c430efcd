"""Measure and print; nothing here passes or fails."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import skimage

import pipeline_schema as ps
import registry
from benchmarks import checking
from pipeline_schema.codec import canonical, dumps, loads
from pipeline_schema.plan import plan
from pipeline_schema.run.workers.process import Worker
from registry import catalog
from registry.catalog import shelf
from registry.catalog.shipped import shipped_path
from registry.errors import SourceUnavailableError
from registry.libraries import prefixes
from registry.sources import discover

FIVE = [
    "filters.gaussian",
    "filters.threshold_otsu",
    "morphology.closing",
    "measure.label",
    "measure.regionprops_table",
]


def per_call(function: Callable[[], Any], *, seconds: float = 0.3, rounds: int = 7) -> float:
    """Median seconds a call takes, over rounds."""
    function()
    count = 1
    while True:
        began = time.perf_counter()
        for _ in range(count):
            function()
        if time.perf_counter() - began > seconds / rounds:
            break
        count *= 2
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(count):
            function()
        times.append((time.perf_counter() - began) / count)
    return statistics.median(times)


def process(code: str, *, rounds: int = 7) -> float:
    """Median seconds that a fresh Python takes for a program."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def row(what: str, ours: float, floor: float, goal: str) -> None:
    """One line of the table."""
    print(f"{what:58} {ours * 1e6:12.1f} us {floor * 1e6:12.1f} us {ours / floor:8.2f}x   {goal}")


def chain(count: int) -> bytes:
    """A document of so many steps."""
    steps = [ps.Step(id=f"s{i}", function="skimage:filters.gaussian", params={"sigma": 1.0 + i}) for i in range(count)]
    return dumps(ps.Pipeline(name="bench", inputs={"image": ps.Input(axes="YX")}, steps=steps)).encode()


class Index(msgspec.Struct):
    """A stored catalog, read and no more."""

    entries: dict[str, msgspec.Raw]
    aliases: dict[str, str] = {}


def available(library: str) -> bool:
    """Whether a library is here and can be imported."""
    with contextlib.suppress(SourceUnavailableError):
        return bool(discover(library).entries)
    return False


def take_in_hand(libraries: list[str]) -> str:
    """Code that imports every function of these libraries: an import of a lazy package alone loads none of them."""
    paths = {entry.import_path for library in libraries for entry in catalog.entries(library)}
    return "\n".join(f"import {module}; {module}.{name}" for module, _, name in (path.partition(":") for path in paths))


def open_registry() -> int:
    """Open the catalogs of all libraries, as a process does that has asked for none, and count their keys."""
    shelf.forget()
    return len(list(catalog.keys()))


def bring_images(worker: Worker) -> None:
    """Images to a worker that gives them back; the floor is a copy of each, both ways."""
    nothing = ps.Step(function="numpy:negative", options=ps.Options(enabled=False))
    worker.load(dumps(ps.Pipeline(inputs={"image": ps.Input()}, steps=[nothing], outputs={"same": "image"})).encode())
    for dtype in (np.uint16, np.float32):
        image = np.random.default_rng(0).integers(0, 60_000, (2048, 2048)).astype(dtype)
        there, back = np.zeros_like(image), np.zeros_like(image)
        row(
            f"image to a worker and back, 2048 x 2048 {np.dtype(dtype)} / memcpy",
            per_call(lambda: worker.run_values({"image": image})) / 2,
            per_call(lambda: (np.copyto(there, image), np.copyto(back, there))) / 2,
            "1.3x",
        )


def change_a_step() -> None:
    """A chain of six whose fourth step is changed, with the cache of the run before, beside the three that must run."""
    image = np.random.default_rng(0).random((512, 512))
    functions = [
        ("scipy:ndimage.median_filter", {"size": 7}),
        ("skimage:filters.gaussian", {"sigma": 6.0}),
        ("skimage:restoration.denoise_tv_chambolle", {"max_num_iter": 10}),
        ("skimage:filters.gaussian", {"sigma": 2.0}),
        ("skimage:filters.sobel", {}),
        ("skimage:filters.threshold_otsu", {}),
    ]
    steps = [ps.Step(id=f"s{at}", function=key, params=params) for at, (key, params) in enumerate(functions)]
    sigma = itertools.count(2)

    def run(cache: ps.Cache | None) -> None:
        steps[3] = ps.Step(id="s3", function="skimage:filters.gaussian", params={"sigma": next(sigma) / 8})
        ps.compile(ps.Pipeline(inputs={"image": ps.Input()}, steps=list(steps)), cache=cache)(image=image)

    raw = skimage.filters
    third = raw.gaussian(image, sigma=6.0)
    with tempfile.TemporaryDirectory() as folder:
        ours = per_call(lambda: run(ps.Cache(folder)))
        floor = per_call(lambda: raw.threshold_otsu(raw.sobel(raw.gaussian(third, sigma=next(sigma) / 8))))
        row("step 4 of 6 changed, with --cache / its three steps alone", ours, floor, "")
        row("the same without --cache / its three steps alone", per_call(lambda: run(None), rounds=3), floor, "")
        same = functools.partial(
            ps.compile(ps.Pipeline(inputs={"image": ps.Input()}, steps=steps), cache=ps.Cache(folder)), image=image
        )
        content = hashlib.sha256
        row("nothing changed, with --cache / sha256 of the image", per_call(same), per_call(lambda: content(image)), "")


def catalog_files() -> list[Path]:
    """The shipped files that answer for the libraries here."""
    files = []
    for library in prefixes():
        with contextlib.suppress(SourceUnavailableError):
            files.append(shipped_path(library, catalog.load_catalog(library).version))
    return [path for path in files if path.exists()]


def main() -> None:
    """Print the table."""
    print(f"{'what':58} {'ours':>15} {'floor':>15} {'ratio':>9}   goal")
    for count, goal in ((20, "5x"), (10_000, "3.5x")):
        data = chain(count)
        typed = msgspec.json.Decoder(ps.Pipeline)
        row(
            f"decode, {count} steps / msgspec typed",
            per_call(lambda: loads(data)),
            per_call(lambda: typed.decode(data)),
            goal,
        )
        pipe = loads(data)
        row(
            f"canonical encode, {count} steps / msgspec encode",
            per_call(lambda: canonical(pipe)),
            per_call(lambda: msgspec.json.encode(pipe)),
            "3x",
        )
    chain_of_20 = chain(20)
    for form in ("yaml", "msgpack"):
        other = dumps(loads(chain_of_20), format=form)
        row(
            f"decode, 20 steps, {form} / msgspec typed, of JSON",
            per_call(lambda: loads(other, format=form)),
            per_call(lambda: msgspec.json.decode(chain_of_20, type=ps.Pipeline)),
            "",
        )
    raw = skimage.filters.gaussian
    pipe = loads(chain(100))
    table = {step.function: raw for step in pipe.steps}
    plan(pipe)
    row(
        "compile, per step, warm / dict and partial",
        per_call(lambda: plan(pipe)) / 100,
        per_call(lambda: [functools.partial(table[s.function], **s.params) for s in pipe.steps]) / 100,
        "5x, under 5 us",
    )
    negative, array = np.negative, np.zeros((2, 2))
    ours = registry.resolve("numpy:negative")

    def bare(*args: Any, **kwargs: Any) -> Any:
        return negative(*args, **kwargs)

    @functools.wraps(np.mean)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return negative(*args, **kwargs)

    nothing = per_call(lambda: negative(array))
    closed = max(per_call(lambda: bare(array)) - nothing, 1e-9)
    row(
        "overhead of a call, same memory / bare closure",
        max(per_call(lambda: ours(array)) - nothing, 1e-9),
        closed,
        "2.5x",
    )
    row("overhead of functools.wraps / bare closure", max(per_call(lambda: wrapped(array)) - nothing, 1e-9), closed, "")
    row("a raw call of numpy.negative, 2 x 2 / bare closure", nothing, closed, "")
    files, index = catalog_files(), msgspec.json.Decoder(Index)
    row(
        f"open the registry, {open_registry()} keys / msgspec, index",
        per_call(open_registry),
        per_call(lambda: [index.decode(path.read_bytes()) for path in files]),
        "2x, under 5 ms",
    )
    here = [library for library in prefixes() if available(library)]
    row(
        "cold discovery of all that is installed / importing all",
        process(f"from registry.sources import discover\nfor name in {here}: discover(name)", rounds=3),
        process(take_in_hand(here), rounds=3),
        "2x",
    )
    keys = dict.fromkeys(catalog.keys())
    row(
        "look up an entry, warm / dict lookup",
        per_call(lambda: catalog.lookup("skimage:filters.gaussian")),
        per_call(lambda: keys["skimage:filters.gaussian"]),
        "",
    )
    imports = "import skimage\n" + "\n".join(f"skimage.{name}" for name in FIVE)
    document = ps.Pipeline(
        inputs={"image": ps.Input()},
        steps=[ps.Step(function=f"skimage:{name}") for name in FIVE[:4]]
        + [ps.Step(function=f"skimage:{FIVE[4]}", inputs={"label_image": "label"})],
    )
    text = dumps(document)
    compiled = f"from pipeline_schema.codec import loads\nfrom pipeline_schema.plan import plan\nplan(loads({text!r}))"
    row("fresh process, document of 5 functions / importing them", process(compiled), process(imports), "1.12x")
    checking.measure(row, Path(__file__).parents[1] / "examples")
    small = np.zeros((8, 8))
    with Worker() as worker:
        worker.load(
            dumps(ps.Pipeline(inputs={"image": ps.Input()}, steps=[ps.Step(function="numpy:negative")])).encode()
        )
        echo = subprocess.Popen(
            [sys.executable, "-c", "import os\nwhile data := os.read(0, 65536): os.write(1, data)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert echo.stdin is not None
        assert echo.stdout is not None
        message, pipe_in, pipe_out = small.tobytes(), echo.stdin, echo.stdout
        row(
            "request on a warm worker, small image / pipe round trip",
            per_call(lambda: worker.run_values({"image": small})),
            per_call(lambda: (pipe_in.write(message), pipe_out.read(len(message)))),
            "5x, under 1 ms",
        )
        echo.stdin.close()
        echo.wait()
        echo.stdout.close()
        bring_images(worker)
    change_a_step()


if __name__ == "__main__":
    main()
