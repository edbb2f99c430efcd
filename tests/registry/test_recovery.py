"""Running out of device memory: what is recognised, what is tried, and that nothing else is."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from registry import loading, opencl, resolver
from registry.catalog import lookup
from registry.entry import FunctionEntry, Observed
from registry.errors import ArgumentError
from registry.recovery import MOST_TRIES, Recovery, cpu_counterpart, listening, splits_exactly
from registry.resolver import resolve

# As CLIc says it of a buffer on PoCL.
TOO_LARGE = "Error: Failed to allocate buffer memory. OpenCL error: CL_INVALID_BUFFER_SIZE (-61)"
ENTRY = lookup("pyclesperanto:gaussian_blur")


class Full:
    """A call that fails so many times for want of memory; counts what of its own is still alive when it is called."""

    def __init__(self, times: int, error: Callable[[], Exception] = lambda: RuntimeError(TOO_LARGE)) -> None:
        self.times, self.error, self.calls = times, error, 0
        self.alive: list[int] = []
        self._made: list[weakref.ref[Any]] = []

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.alive.append(sum(ref() is not None for ref in self._made))
        scratch = np.zeros(1000)
        self._made.append(weakref.ref(scratch))
        self.calls += 1
        if self.calls <= self.times:
            raise self.error()
        return args[0] + 1


def _after_first(recovery: Recovery, call: Full) -> Any:
    """What a Function does: call, and recover outside the handler."""
    try:
        return call((1,), {})
    except Exception as error:
        failure = error if recovery.applies(error) else pytest.fail("not recognised")
    return recovery.run(call, (1,), {}, failure)


@pytest.mark.parametrize("times", range(1, MOST_TRIES + 1))
def test_it_is_tried_again(times: int) -> None:
    """The call succeeds at the n-th time for each n, each recovery is told, and nothing of a failed call is kept."""
    gc.disable()  # what is let go must go without a collection
    try:
        call, told = Full(times), []
        with listening(told.append):
            assert _after_first(Recovery(ENTRY), call) == 2
    finally:
        gc.enable()
    assert len(told) == times
    assert told[-1].startswith("pyclesperanto:gaussian_blur ran out of device memory: freed ")
    assert told[-1].endswith(f"({times} of {MOST_TRIES})")
    assert call.alive == [0] * (times + 1)


def test_in_the_end_the_library_s_error_is_raised() -> None:
    """Where nothing helps, its own error comes, with a note of all that was tried."""
    call = Full(99)
    with listening(lambda _: None), pytest.raises(RuntimeError, match="CL_INVALID_BUFFER_SIZE") as caught:
        _after_first(Recovery(ENTRY), call)
    assert call.calls == 1 + MOST_TRIES
    assert "tried again (3 of 3)" in caught.value.__notes__[0]


def test_another_error_ends_it() -> None:
    """An error that comes when trying again and has nothing to do with memory is not tried again."""
    errors = iter([RuntimeError(TOO_LARGE), ZeroDivisionError("no")])
    call = Full(99, lambda: next(errors))
    with listening(lambda _: None), pytest.raises(ZeroDivisionError, match="no") as caught:
        _after_first(Recovery(ENTRY, words="x", instead=lambda: pytest.fail), call)
    assert call.calls == 2
    assert "(1 of 3)" in caught.value.__notes__[0]


def test_what_there_is_instead() -> None:
    """When trying again does not help, the other function gets the same arguments, and that is told."""
    told: list[str] = []
    with listening(told.append):
        assert _after_first(Recovery(ENTRY, words="called it so", instead=lambda: lambda x: x * 100), Full(99)) == 100
    assert told[-1] == "pyclesperanto:gaussian_blur ran out of device memory: called it so"
    assert len(told) == MOST_TRIES + 1


def test_a_function_that_writes_into_its_input_is_not_called_again() -> None:
    """A first try may have changed what a second one would get."""
    assert "mutates" in lookup("pyclesperanto:set_row").traits
    assert not Recovery(lookup("pyclesperanto:set_row")).applies(RuntimeError(TOO_LARGE))


def test_what_splits_exactly() -> None:
    """What trials saw of a function, or of its twin on the CPU, decides."""
    made = FunctionEntry(key="lab:f", import_path="lab:f", observed=Observed(stack="slices"))
    assert splits_exactly(made)
    assert not splits_exactly(FunctionEntry(key="lab:f", import_path="lab:f", observed=Observed(stack="values")))
    assert not splits_exactly(FunctionEntry(key="lab:f", import_path="lab:f"))
    assert splits_exactly(lookup("cupy:sqrt"))
    assert not splits_exactly(lookup("cupyx:ndimage.gaussian_filter"))


def test_twins() -> None:
    """GPU functions that mirror one of the CPU under the same name have it for a twin; others have none."""
    assert cpu_counterpart(lookup("cupyx:ndimage.gaussian_filter")) == "scipy:ndimage.gaussian_filter"
    assert cpu_counterpart(lookup("cucim:filters.sobel")) == "skimage:filters.sobel"
    assert cpu_counterpart(lookup("pyclesperanto:gaussian_blur")) is None
    assert cpu_counterpart(lookup("scipy:ndimage.gaussian_filter")) is None


@pytest.mark.parametrize(
    ("key", "how", "said"),
    [
        ("skimage:filters.sobel", "cpu", "works on the CPU"),
        ("skimage:filters.sobel", "split", "works on the CPU"),
        ("pyclesperanto:gaussian_blur", "cpu", "no function of the CPU is known to be the same"),
    ],
)
def test_what_can_t_be_honoured_is_refused(key: str, how: str, said: str) -> None:
    """An option that would do nothing does not pass."""
    with pytest.raises(ArgumentError, match=said):
        resolve(key, on_oom=how)


@pytest.fixture
def full_device(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Lets a function of pyclesperanto run out of memory for stacks, and at its n-th calls; gives the axes of each."""
    if (found := opencl.status()).state != "ready":
        pytest.skip(f"{found.message}; {found.install}")
    import pyclesperanto

    def fill(name: str, *full: int, stacks: bool = True) -> list[int]:
        raw, seen = getattr(pyclesperanto, name), []

        def limited(*args: Any, **kwargs: Any) -> Any:
            seen.append(args[0].ndim)
            if (stacks and args[0].ndim == 3) or len(seen) in full:
                raise RuntimeError(TOO_LARGE)
            return raw(*args, **kwargs)

        monkeypatch.setattr(resolver, "_functions", {})
        monkeypatch.setitem(loading._raw, f"pyclesperanto:{name}", limited)
        return seen

    return fill


STACK = np.arange(-60, 60, dtype="float32").reshape(3, 5, 8)


def test_a_stack_is_split(full_device: Callable[..., list[int]]) -> None:
    """Slice by slice it fits and gives what it would have given."""
    seen = full_device("absolute")
    told: list[str] = []
    with listening(told.append):
        result = resolve("pyclesperanto:absolute", on_oom="split")(STACK)
    assert np.array_equal(result.get(), abs(STACK))
    assert seen == [3] * (1 + MOST_TRIES) + [2] * 3
    assert told[-1].endswith("called it slice by slice")


def test_what_is_not_known_to_split_is_not_split(full_device: Callable[..., list[int]]) -> None:
    """Other pixels than those that were asked for are no recovery."""
    assert not splits_exactly(lookup("pyclesperanto:gaussian_blur"))
    seen = full_device("gaussian_blur")
    with listening(lambda _: None), pytest.raises(RuntimeError, match="CL_INVALID_BUFFER_SIZE") as caught:
        resolve("pyclesperanto:gaussian_blur", on_oom="split")(STACK, sigma_x=1, sigma_y=1, sigma_z=1)
    assert set(seen) == {3}
    assert "was not split" in caught.value.__notes__[0]


@pytest.mark.parametrize("full", [(1,), (1, 2), (2,), (3,), (3, 4, 5)])
def test_slices_are_tried_again(full_device: Callable[..., list[int]], full: tuple[int, ...]) -> None:
    """Whichever allocation fails, the result is that of an undisturbed call."""
    seen = full_device("absolute", *full, stacks=False)
    with listening(lambda _: None):
        result = resolve("pyclesperanto:absolute", slice_by_slice=True)(STACK)
    assert np.array_equal(result.get(), abs(STACK))
    assert len(seen) > 3


def test_raise_raises(full_device: Callable[..., list[int]]) -> None:
    """Who wants the error gets it at once."""
    seen = full_device("absolute")
    with pytest.raises(RuntimeError, match="CL_INVALID_BUFFER_SIZE"):
        resolve("pyclesperanto:absolute", on_oom="raise")(STACK)
    assert seen == [3]
