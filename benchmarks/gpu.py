"""Figures of a GPU, as ratios against a floor of the same run: ``python -m benchmarks.gpu``."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.ndimage

import pipeline_schema as ps
import registry
from benchmarks.__main__ import per_call, row
from pipeline_schema.plan import plan
from registry.loading import availability
from registry.memory import convert

SIZE = 2048
# How PoCL, which runs on the CPU, names its devices.
NO_GPU = ("pthread", "basic", "cpu-")


def measure_cupy(image: np.ndarray[Any, Any]) -> None:
    """Calls, ways, and work of CuPy."""
    import cupy
    import cupyx.scipy.ndimage

    wait = cupy.cuda.get_current_stream().synchronize

    def waited(work: Any) -> Any:
        def whole() -> None:
            work()
            wait()

        return whole

    negative, small = cupy.negative, cupy.zeros((2, 2))
    ours = registry.resolve("cupy:negative")

    def bare(*args: Any, **kwargs: Any) -> Any:
        return negative(*args, **kwargs)

    nothing = per_call(lambda: negative(small))
    closed = max(per_call(lambda: bare(small)) - nothing, 1e-9)
    row("overhead of a call, CuPy / bare closure", max(per_call(lambda: ours(small)) - nothing, 1e-9), closed, "2.5x")
    there = cupy.asarray(image)
    row(
        "numpy to cupy / cupy.asarray",
        per_call(waited(lambda: convert(image, "cupy"))),
        per_call(waited(lambda: cupy.asarray(image))),
        "",
    )
    row("cupy to numpy / get", per_call(lambda: convert(there, "numpy")), per_call(there.get), "")
    row("numpy to cupy / memcpy", per_call(waited(lambda: convert(image, "cupy"))), per_call(image.copy), "")
    blur = registry.resolve("cupyx:ndimage.gaussian_filter")
    row(
        "gaussian_filter on the GPU, decorated / raw",
        per_call(waited(lambda: blur(there, 2))),
        per_call(waited(lambda: cupyx.scipy.ndimage.gaussian_filter(there, 2))),
        "",
    )
    row(
        "gaussian_filter on the GPU / SciPy",
        per_call(waited(lambda: blur(there, 2))),
        per_call(lambda: scipy.ndimage.gaussian_filter(image, 2), rounds=3),
        "",
    )
    row(
        "three readers on the GPU, shared / brought thrice",
        *fan_out("cupyx:ndimage.gaussian_filter", "sigma", image),
        "",
    )


def measure_opencl(image: np.ndarray[Any, Any]) -> None:
    """Ways and work of pyclesperanto; its calls are done when their result was pulled."""
    import pyclesperanto

    there = pyclesperanto.push(image)
    row(
        "numpy to pyclesperanto / push",
        per_call(lambda: convert(image, "pyclesperanto")),
        per_call(lambda: pyclesperanto.push(image)),
        "",
    )
    row("pyclesperanto to numpy / get", per_call(lambda: convert(there, "numpy")), per_call(there.get), "")
    blur = registry.resolve("pyclesperanto:gaussian_blur")
    row(
        "gaussian_blur and pull, decorated / raw",
        per_call(lambda: blur(there, sigma_x=2, sigma_y=2).get()),
        per_call(lambda: pyclesperanto.gaussian_blur(there, sigma_x=2, sigma_y=2).get()),
        "",
    )
    row(
        "three readers on the device, shared / brought thrice",
        *fan_out("pyclesperanto:gaussian_blur", "sigma_x", image),
        "",
    )


def fan_out(key: str, sigma: str, image: np.ndarray[Any, Any]) -> tuple[float, float]:
    """A pipeline in which three steps read one array, and three pipelines of one step each."""

    def document(names: str) -> ps.Pipeline:
        steps = [ps.Step(id=name, function=key, inputs={"@": "image"}, params={sigma: 1}) for name in names]
        return ps.Pipeline(inputs={"image": ps.Input()}, steps=steps, outputs={name: name for name in names})

    shared, alone = plan(document("abc")), plan(document("a"))
    return per_call(lambda: shared.run({"image": image})), per_call(
        lambda: [alone.run({"image": image}) for _ in "abc"]
    )


def main() -> None:
    """Print the table, of what is here."""
    image = np.random.default_rng(0).random((SIZE, SIZE), dtype="float32")
    print(f"{f'what, {SIZE} x {SIZE} float32':58} {'ours':>15} {'floor':>15} {'ratio':>9}   goal")
    for library, measure in (("cupyx", measure_cupy), ("pyclesperanto", measure_opencl)):
        found = availability(library)
        if library == "pyclesperanto" and str(found.device).startswith(NO_GPU):
            print(f"{library} is left out: its device, {found.device}, is no GPU")
        elif found.available:
            print(f"{library} on {found.device}")
            measure(image)
        else:
            print(f"{library} is left out: {found.message}; {found.install}")


if __name__ == "__main__":
    main()
