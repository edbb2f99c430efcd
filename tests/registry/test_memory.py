"""Where arrays live, and how they get elsewhere without a changed value."""

import subprocess
import sys
import types
import warnings

import numpy as np
import pytest

from registry.errors import MemoryConversionError
from registry.memory import MEMORY_TYPES, convert, counting, duplicate, held_dtype, is_plain, memory_type_of

RAMP = np.arange(24).reshape(4, 6)


class Tensor:
    """An array of a library that the registry has never heard of, which speaks DLPack."""

    def __init__(self, array):
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


def test_numpy_arrays_and_their_subclasses_are_recognised(tmp_path):
    """A memory map is a NumPy array; NumPy's scalars, lists and texts are no arrays."""
    mapped = np.memmap(tmp_path / "x", dtype="u1", mode="w+", shape=(3, 3))
    assert memory_type_of(RAMP) == memory_type_of(mapped) == memory_type_of(np.ma.array([1.0])) == "numpy"
    for value in (np.float32(1), np.bool_(True), 3, "text", None, [RAMP], {"a": RAMP}, np.ndarray):
        assert memory_type_of(value) is None


def test_pyclesperanto_arrays_are_recognised_by_class(cle):
    """Its arrays belong to the backend's module, not to the module pyclesperanto."""
    assert memory_type_of(cle.push(RAMP)) == "pyclesperanto"


def test_cupy_arrays_are_recognised_by_name_without_a_gpu():
    """CuPy's class is known by its name and module, so that recognising needs no CuPy."""
    cls = type("ndarray", (), {"__module__": "cupy._core.core"})
    assert memory_type_of(cls()) == "cupy"


def test_asking_imports_no_array_library():
    """What was never imported can't have made the array: memory_type_of loads neither NumPy nor pyclesperanto."""
    code = (
        "import sys; from registry.memory import memory_type_of; memory_type_of(3); memory_type_of([1]); "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'numpy', 'cupy', 'pyclesperanto'}))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("value", [RAMP, 3, "text", None, [1, 2], (RAMP, 3), np.float64(2), np.array(5)])
def test_nothing_is_touched_when_nothing_differs(value):
    """What is where it is needed, or is no array, comes back as the very same object."""
    assert convert(value, "numpy") is value


@pytest.mark.parametrize("value", [3.5, "text", None, [1, 2], np.float64(2), np.array(5), np.array(True)])
def test_scalars_pass_to_a_device_as_they_are(value, cle):
    """A scalar, also NumPy's and one in an array of no dimensions, is no image and is not pushed."""
    assert convert(value, "pyclesperanto") is value


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_pushed_values_are_those_of_the_library(dtype, cle):
    """The device gets the same dtype and bits that the library's own push gives for the same array."""
    array = (np.random.default_rng(0).random((3, 5, 7)) * 100).astype(dtype)
    ours, theirs = convert(array, "pyclesperanto").get(), cle.push(array).get()
    assert ours.dtype == theirs.dtype == held_dtype("pyclesperanto", dtype)
    assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(
    "view",
    [
        RAMP.T, RAMP[::2, ::-1], np.asfortranarray(RAMP), RAMP.astype(">i4"), RAMP.astype(">f8"),
        RAMP.astype("float16"), np.broadcast_to(np.arange(6, dtype="u1"), (4, 6)),
    ],
)  # fmt: skip
def test_layout_and_byte_order_do_not_matter(view, cle):
    """Views, big-endian and half-precision arrays arrive with their values; the library refuses some of these."""
    np.testing.assert_array_equal(convert(convert(view, "pyclesperanto"), "numpy"), view)


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (np.array([[2**31, 0]]), "32 bits"),
        (np.array([[2**32]], dtype="u8"), "32 bits"),
        (np.array([[-(2**31) - 1, 0]]), "32 bits"),
        (np.ones((2, 2), complex), "no complex128"),
        (np.array([[None]]), "no object"),
        (np.array([["a"]]), "no str"),
        (np.ones((2, 2, 2, 2)), "3 dimensions"),
        (np.ones((0, 3)), "without elements"),
        (np.array([[1e300, 1.0]]), "float32"),
        (np.ma.array([[1.0, 2.0]], mask=[[True, False]]), "mask"),
    ],
)
def test_what_would_change_in_silence_is_refused(array, why, cle):
    """Where the library would wrap, cast or drop without a word, there is an error that says where and why."""
    with pytest.raises(MemoryConversionError, match=why) as caught:
        convert(array, "pyclesperanto", key="pyclesperanto:gaussian_blur", parameter="input_image")
    assert caught.value.parameter == "input_image"
    assert caught.value.key == "pyclesperanto:gaussian_blur"
    assert (caught.value.source, caught.value.target) == ("numpy", "pyclesperanto")
    assert "input_image of pyclesperanto:gaussian_blur" in str(caught.value)


def test_integers_at_the_ends_of_32_bits_fit(cle):
    """The limits themselves are no reason to refuse."""
    for array in (np.array([-(2**31), 2**31 - 1]), np.array([0, 2**32 - 1], dtype="u8")):
        assert convert(array, "pyclesperanto").get().tolist() == array.tolist()


def test_infinities_and_nan_pass(cle):
    """Infinity and NaN are floats that the device holds; no warning is raised for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        there = convert(np.array([np.inf, -np.inf, np.nan, 1.0]), "pyclesperanto")
    np.testing.assert_array_equal(there.get(), np.array([np.inf, -np.inf, np.nan, 1.0], "f4"))


def test_lists_of_arrays_are_converted_item_by_item(cle):
    """Several images in a list or tuple are each brought over; what else is in it stays."""
    device = cle.push(RAMP)
    back = convert([device, "x", (device, 2)], "numpy")
    assert isinstance(back, list)
    assert isinstance(back[2], tuple)
    assert [memory_type_of(back[0]), back[1], memory_type_of(back[2][0]), back[2][1]] == ["numpy", "x", "numpy", 2]


def test_dlpack_arrays_come_in(cle):
    """An array of an unknown library that speaks DLPack is taken to NumPy and to the device."""
    tensor = Tensor(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(convert(tensor, "numpy"), np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(convert(tensor, "pyclesperanto").get(), np.arange(6.0).reshape(2, 3))


def test_a_foreign_devices_refusal_is_ours_with_its_cause():
    """If DLPack can't hand over, the error is ours, and the library's own is its cause."""

    class Distant(Tensor):
        def __dlpack__(self, **options):
            raise BufferError("on another device")

    with pytest.raises(MemoryConversionError, match="on another device") as caught:
        convert(Distant(RAMP), "numpy")
    assert isinstance(caught.value.__cause__, BufferError)


def test_an_unknown_target_is_named():
    """A memory type that nobody knows is answered with those that are known."""
    with pytest.raises(MemoryConversionError, match=", ".join(MEMORY_TYPES)):
        convert(RAMP, "tape")


def test_plain_types_are_those_that_never_need_conversion():
    """Numbers and texts are plain; arrays and lists, which may hold arrays, are not."""
    assert [is_plain(t) for t in (int, str, np.float32)] == [True] * 3
    assert [is_plain(t) for t in (np.ndarray, list, tuple, Tensor)] == [False] * 4


def test_a_duplicate_shares_no_memory():
    """Copies of arrays, also of those in lists, are equal, of the same types, and apart."""
    other = duplicate([RAMP, (RAMP, 3), {"a": RAMP}])
    for array in (other[0], other[1][0], other[2]["a"]):
        np.testing.assert_array_equal(array, RAMP, strict=True)
        assert not np.shares_memory(array, RAMP)
    assert other[1][1] == 3


def test_a_duplicate_stays_on_its_device(cle):
    """Writing into the copy of a device's array leaves the array as it was."""
    array = cle.push(RAMP.astype("float32"))
    other = duplicate(array)
    assert type(other) is type(array)
    cle.set(other, 0)
    np.testing.assert_array_equal(array.get(), RAMP)


class Foreign:
    """An array of yet another library on a GPU, as Numba's are: it has the CUDA array interface and no DLPack."""

    __cuda_array_interface__ = {"shape": (2, 3), "typestr": "<f4", "data": (0, False), "version": 3}
    shape, dtype = (2, 3), np.dtype("float32")


class FarTensor(Tensor):
    """A tensor of which DLPack says that it is on a GPU."""

    def __dlpack_device__(self):
        return (2, 0)


@pytest.fixture
def cupy_stand_in(monkeypatch):
    """CuPy without a GPU: arrays of a class of its name, made on the host, and what was asked of it."""
    asked = []

    def get(self):
        return self.held

    cls = type("ndarray", (), {"__module__": "cupy._core.core", "get": get, "shape": (2, 3), "dtype": "float32"})

    def made(way):
        def make(value):
            asked.append((way, type(value).__name__))
            array = cls()
            array.held = np.ones((2, 3), "float32")
            return array

        return make

    stand_in = types.SimpleNamespace(asarray=made("asarray"), from_dlpack=made("from_dlpack"))
    monkeypatch.setitem(sys.modules, "cupy", stand_in)
    return asked


@pytest.mark.parametrize(
    ("value", "way"), [(Foreign(), ("asarray", "Foreign")), (FarTensor(RAMP), ("from_dlpack", "FarTensor"))]
)
def test_arrays_of_others_on_a_gpu_are_taken_by_cupy(cupy_stand_in, value, way):
    """Without a copy where CuPy is wanted, and pulled by it where NumPy is; a real GPU is tried by the gpu tests."""
    assert memory_type_of(convert(value, "cupy")) == "cupy"
    assert memory_type_of(convert(value, "numpy")) == "numpy"
    assert cupy_stand_in == [way, way]


@pytest.mark.parametrize("value", [Foreign(), FarTensor(RAMP)])
def test_without_cupy_an_array_on_a_gpu_is_refused(value, monkeypatch):
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(MemoryConversionError, match="without CuPy; install"):
        convert(value, "numpy")


def test_conversions_are_counted():
    """Each array that went elsewhere, and none that did not; nested counts are their own."""
    with counting() as outer:
        convert([Tensor(RAMP), RAMP], "numpy")
        with counting() as inner:
            convert(Tensor(RAMP), "numpy")
        convert(RAMP, "numpy")
    assert (outer, inner) == ({"dlpack to numpy": 1}, {"dlpack to numpy": 1})


def test_a_read_only_array_stays_as_it_is_and_goes_to_the_device(cle):
    """A memory map of a file can't be written to: it is handed on as it is, and pushed like any other."""
    fixed = RAMP.astype("float32")
    fixed.flags.writeable = False
    assert convert(fixed, "numpy") is fixed
    np.testing.assert_array_equal(convert(fixed, "pyclesperanto").get(), fixed)
