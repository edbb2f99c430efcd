"""The decorated callable: the library's function, with arrays of any memory, and nothing else."""

import copy
import functools
import gc
import inspect
import pickle
import threading
import typing
import weakref

import numpy as np
import pytest
import skimage.filters

from registry import resolver
from registry.binding import Binding
from registry.decorate import Function
from registry.entry import FunctionEntry, Parameter
from registry.errors import MemoryConversionError, UnknownKeyError
from registry.memory import memory_type_of
from registry.options import CallOptions

IMAGE = np.random.default_rng(0).random((16, 16))


@pytest.fixture
def gaussian():
    """A decorated function of scikit-image."""
    return resolver.resolve("skimage:filters.gaussian")


def decorated(raw, *roles, kind="positional_or_keyword", memory="numpy"):
    """A Function around a Python function whose parameters have these roles."""
    names = list(inspect.signature(raw).parameters)
    parameters = tuple(Parameter(name=name, kind=kind, role=role) for name, role in zip(names, roles, strict=True))
    entry = FunctionEntry(key="lab:f", import_path="lab:f", parameters=parameters, input_memory_type=memory)
    return Function(entry, CallOptions(), raw, restore=resolver.restore, binding=Binding(entry))


def test_the_result_is_the_librarys(gaussian):
    """Bit for bit what the raw function gives, by position and by keyword."""
    direct = skimage.filters.gaussian(IMAGE, 2, mode="wrap")
    assert gaussian(IMAGE, 2, mode="wrap").tobytes() == direct.tobytes()
    assert gaussian(sigma=2, image=IMAGE, mode="wrap").tobytes() == direct.tobytes()


def test_it_says_what_it_is(gaussian):
    """Name, documentation and signature are the library function's; the memory types can be read."""
    assert gaussian.__name__ == "gaussian"
    assert gaussian.__doc__ == skimage.filters.gaussian.__doc__
    assert inspect.signature(gaussian) == inspect.signature(skimage.filters.gaussian)
    assert (gaussian.registry_key, gaussian.input_memory_type) == ("skimage:filters.gaussian", "numpy")
    assert gaussian.output_memory_type == "numpy"


def test_it_is_an_instance_without_a_way_to_the_raw_function(gaussian):
    """No function in disguise: no __wrapped__, no borrowed module or qualified name, no binding as a method."""
    assert not inspect.isfunction(gaussian)
    assert not hasattr(gaussian, "__wrapped__")
    assert not hasattr(gaussian, "__qualname__")
    assert gaussian.__module__ == "registry.decorate"
    holder = type("Holder", (), {"blur": gaussian})()
    assert holder.blur is gaussian


def test_annotations_are_those_of_the_library(cle):
    """What reads types of a call (forms, command lines) finds the library's, as a copy, and none where it has none."""
    blur = resolver.resolve("pyclesperanto:gaussian_blur")
    assert typing.get_type_hints(blur) == typing.get_type_hints(cle.gaussian_blur)
    assert blur.__annotations__ is not cle.gaussian_blur.__annotations__
    for key in ("skimage:filters.gaussian", "numpy:add", "skimage:transform.AffineTransform"):
        assert typing.get_type_hints(resolver.resolve(key)) == {}


def test_a_wrapper_does_not_inherit_the_key(gaussian):
    """A function that wraps ours does something else: it has no key."""

    @functools.wraps(gaussian)
    def twice(*args, **kwargs):
        return 2 * gaussian(*args, **kwargs)

    assert twice.__doc__ == gaussian.__doc__
    assert not hasattr(twice, "registry_key")
    with pytest.raises(UnknownKeyError):
        resolver.key_of(twice)


def test_ufuncs_have_a_signature_and_keep_none():
    """A ufunc's signature comes from the catalog: reading NumPy's own would leave a mark on the ufunc."""
    before = dict(np.logaddexp2.__dict__)
    assert list(inspect.signature(resolver.resolve("numpy:logaddexp2")).parameters)[:2] == ["x1", "x2"]
    assert np.logaddexp2.__dict__ == before


def test_copies_are_the_function_itself(gaussian):
    """copy, deepcopy and a round through pickle give the same object."""
    assert copy.copy(gaussian) is copy.deepcopy([gaussian])[0] is pickle.loads(pickle.dumps(gaussian)) is gaussian


def test_equality_is_that_of_key_and_options(gaussian):
    """Two functions are equal if key and options are, whoever made them."""
    same = Function(gaussian.entry, CallOptions(), print, restore=resolver.restore, binding=Binding(gaussian.entry))
    other = resolver.resolve("skimage:filters.gaussian", dtype="preserve")
    assert same == gaussian
    assert hash(same) == hash(gaussian)
    assert len({same, gaussian, other}) == 2
    assert gaussian != "skimage:filters.gaussian"


def test_repr_is_the_call_that_makes_it(gaussian):
    """Short, and evaluates to an equal function."""
    function = resolver.resolve("skimage:filters.gaussian", slice_by_slice="Z", dtype="preserve").with_axes("ZYX")
    assert repr(gaussian) == "resolve('skimage:filters.gaussian')"
    assert eval(repr(function), {"resolve": resolver.resolve}) == function


def test_options_can_be_read_and_not_changed(gaussian):
    """Who changes the options that he read changes a copy."""
    gaussian.options.dtype = "uint8"
    assert gaussian.options.dtype == "native"


def test_a_librarys_exception_passes_with_a_note():
    """Type and text are the library's own; a note names the key and the data that came."""
    with pytest.raises(RuntimeError, match="sequence argument") as ours:
        resolver.resolve("skimage:filters.gaussian")(IMAGE, sigma=(1, 2, 3))
    with pytest.raises(RuntimeError, match="sequence argument") as theirs:
        skimage.filters.gaussian(IMAGE, sigma=(1, 2, 3))
    assert str(ours.value) == str(theirs.value)
    assert type(ours.value) is type(theirs.value)
    assert ours.value.__notes__ == [
        "in skimage:filters.gaussian, called with image: numpy array of float64, shape (16, 16)"
    ]


def test_arguments_that_are_no_data_are_not_looked_at():
    """A parameter gets the very object that was given, whatever it is."""
    array, marker = np.ones(3), object()
    got = decorated(lambda image, weights, other: (weights, other), "data", "param", "param")(1, array, marker)
    assert got[0] is array
    assert got[1] is marker


def test_arrays_go_over_only_where_they_differ(cle):
    """Device arrays come to a NumPy function as NumPy's; an array that is there already is the same object."""
    same = decorated(lambda image, mask=None: (image, mask), "data", "data")
    device = cle.push(IMAGE)
    for _ in range(2):
        image, mask = same(IMAGE, mask=device)
        assert image is IMAGE
        assert memory_type_of(mask) == "numpy"
        image, mask = same(device, IMAGE)
        assert memory_type_of(image) == "numpy"
        assert mask is IMAGE


def test_numpy_arrays_reach_a_device_function(cle):
    """The result is bit for bit that of the library's own call, and stays where it was made."""
    blur = resolver.resolve("pyclesperanto:gaussian_blur")
    done = blur(IMAGE, sigma_x=2)
    assert memory_type_of(done) == "pyclesperanto"
    assert done.get().tobytes() == cle.gaussian_blur(IMAGE, sigma_x=2).get().tobytes()
    assert blur(done, None, 2.0).get().tobytes() == cle.gaussian_blur(done, None, 2.0).get().tobytes()


def test_a_failed_conversion_is_ours_and_names_the_parameter(cle):
    """Where an array can't go to the device, the error names function and parameter; no note is needed."""
    with pytest.raises(MemoryConversionError, match="input_image of pyclesperanto:gaussian_blur") as caught:
        resolver.resolve("pyclesperanto:gaussian_blur")(np.full((2, 2), 2**40))
    assert not hasattr(caught.value, "__notes__")


def test_any_number_of_arrays_is_converted(cle):
    """`*arrays` are data wherever they stand."""
    entry = FunctionEntry(
        key="lab:f", import_path="lab:f", parameters=(Parameter(name="arrays", kind="var_positional", role="data"),)
    )
    function = Function(entry, CallOptions(), lambda *arrays: arrays, restore=resolver.restore, binding=Binding(entry))
    for _ in range(2):
        assert [memory_type_of(a) for a in function(cle.push(IMAGE), IMAGE, cle.push(IMAGE))] == ["numpy"] * 3


def test_keywords_called_self_are_the_functions():
    """A parameter may be called self, args or key: nothing of ours takes the name."""
    assert decorated(lambda self, key: (self, key), "param", "param")(self=1, key=2) == (1, 2)


def test_threads_share_a_function(gaussian):
    """Called from many threads at once, each gets its own result."""
    results = {}

    def work(number):
        results[number] = gaussian(IMAGE * number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8):
        np.testing.assert_array_equal(results[number], skimage.filters.gaussian(IMAGE * number))


@pytest.mark.parametrize("roles", [("data",), ("data", "data"), ("param", "data")])
def test_a_failed_call_keeps_nothing_alive(roles):
    """When the exception has been handled, what the call made is gone without a collection."""
    made = []

    def fails(*args, **kwargs):
        scratch = np.zeros(1000)
        made.append(weakref.ref(scratch))
        raise ValueError("no")

    names = "abc"[: len(roles)]
    call = {1: lambda a: fails(a), 2: lambda a, b: fails(a, b)}[len(roles)]
    function = decorated(call, *roles)
    gc.disable()
    try:
        for _ in range(2):  # the second time its types are known
            with pytest.raises(ValueError, match="no"):
                function(**dict.fromkeys(names, IMAGE))
            with pytest.raises(ValueError, match="no"):
                function(*[IMAGE] * len(roles))
        assert [ref() is None for ref in made] == [True] * 4
    finally:
        gc.enable()


def test_data_is_found_wherever_it_comes(cle):
    """By position, by keyword, and behind parameters that hold none, also after types were met."""
    seen = []

    def raw(size, a, b=None):
        seen.append((type(size).__name__, type(a).__name__, type(b).__name__))

    function = decorated(raw, "param", "data", "data")
    pushed = cle.push(IMAGE.astype("float32"))
    function(IMAGE, IMAGE, IMAGE)
    function(IMAGE, pushed, b=pushed)
    function(pushed, a=IMAGE, b=None)
    function(b=pushed, size=pushed, a=pushed)
    assert seen == [
        ("ndarray", "ndarray", "ndarray"),
        ("ndarray", "ndarray", "ndarray"),
        ("_Array", "ndarray", "NoneType"),
        ("_Array", "ndarray", "ndarray"),
    ]
