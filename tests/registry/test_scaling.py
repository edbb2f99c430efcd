"""What the options `dtype` and `scale` do to results, and what they refuse."""

import numpy as np
import pytest

from registry.binding import Binding
from registry.entry import FunctionEntry, Observed, Output, Parameter
from registry.errors import ArgumentError
from registry.memory import memory_type_of
from registry.scaling import change_dtype, dtype_layer

IMAGE = Parameter(name="image", role="data", required=True)
ENTRY = FunctionEntry(key="lab:f", import_path="lab:f", parameters=(IMAGE,), flow="image")
STACK = np.ones((3, 4, 5), "uint16")


def call(result, *, entry=ENTRY, dtype="uint8", scale="cast", leading=0, image=STACK):
    """Run a function that returns `result` through the layer."""
    layer = dtype_layer(entry, Binding(entry), dtype, scale, leading)
    return layer(lambda args, kwargs: result)((image,), {})


def test_cast_rounds_half_to_even_and_saturates():
    """0.5 and 2.5 go to the even neighbour, what is beyond the range to its end."""
    done = change_dtype(np.array([[0.5, 1.5, 2.5, -3.0, 300.0]]), "uint8", "cast")
    assert done.tolist() == [[0, 2, 2, 0, 255]]


def test_auto_casts_integers_and_floats_to_floats():
    """Where nothing has to be guessed, auto is a cast."""
    assert change_dtype(np.array([[300, -1]]), "uint8").tolist() == [[255, 0]]
    assert change_dtype(np.array([[0.25]]), "float32").dtype == "float32"
    assert change_dtype(np.array([[True]]), "uint16").tolist() == [[1]]


def test_auto_does_not_guess_what_floats_mean():
    """A float image and an integer target: the error names the option, and each thing it can be."""
    with pytest.raises(ArgumentError, match=r"option scale: cast .* rescale .* stretch") as caught:
        change_dtype(np.ones((2, 2)), "uint8", key="lab:f")
    assert caught.value.parameter == "scale"
    assert caught.value.key == "lab:f"


@pytest.mark.parametrize("scale", ["cast", "rescale", "stretch"])
def test_nan_and_infinity_are_counted_and_refused(scale):
    """NaN and infinity have no integer: the error says how many there are, and nothing becomes 0."""
    with pytest.raises(ArgumentError, match="2 NaN and 1 infinite of 4 values"):
        change_dtype(np.array([[np.nan, np.nan, -np.inf, 1.0]]), "uint8", scale)


def test_rescale_maps_full_ranges():
    """255 of uint8 is 65535 of uint16 and 1.0 of a float."""
    assert change_dtype(np.array([[0, 1, 255]], "u1"), "uint16", "rescale").tolist() == [[0, 257, 65535]]
    assert change_dtype(np.array([[0, 65535]], "u2"), "float32", "rescale").tolist() == [[0.0, 1.0]]
    assert change_dtype(np.array([[0.0, 0.5, 1.0]]), "uint8", "rescale").tolist() == [[0, 128, 255]]
    assert change_dtype(np.array([[False, True]]), "uint8", "rescale").tolist() == [[0, 255]]


def test_stretch_reaches_both_ends():
    """The least value goes to 0 and the greatest to the top, also when the dtype stays."""
    assert change_dtype(np.array([[10, 20, 30]], "u1"), "uint8", "stretch").tolist() == [[0, 128, 255]]
    assert change_dtype(np.array([[-1.0, 0.0, 3.0]]), "float64", "stretch").tolist() == [[0.0, 0.25, 1.0]]


def test_a_constant_image_is_not_stretched_to_zeros():
    """Where all values are the same there is nothing to stretch, and the error says so."""
    with pytest.raises(ArgumentError, match="all 4 values are 7, so there is no range"):
        change_dtype(np.full((2, 2), 7), "uint8", "stretch")


def test_complex_values_do_not_lose_a_part():
    """A complex image becomes real only by a step that says how; a wider complex is fine."""
    with pytest.raises(ArgumentError, match="numpy:abs"):
        change_dtype(np.ones((2, 2), complex), "float32")
    assert change_dtype(np.ones((2, 2), "complex64"), "complex128").dtype == "complex128"
    assert change_dtype(np.ones((2, 2)), "complex64").dtype == "complex64"


def test_labels_are_not_merged_by_saturation():
    """Labels 300 and 400 as uint8 would both be 255: refused, with the number of pixels."""
    labels = FunctionEntry(key="lab:label", import_path="lab:f", parameters=(IMAGE,), flow="image", kind="labels")
    with pytest.raises(ArgumentError, match="2 of 3 label values"):
        call(np.array([[1, 300, 400]]), entry=labels)
    assert call(np.array([[1, 255]]), entry=labels).dtype == "uint8"


def test_preserve_gives_the_dtype_of_the_input():
    """The flow input's dtype is the result's; where no array comes in there is nothing to preserve."""
    assert call(np.ones((4, 5)), dtype="preserve").dtype == "uint16"
    assert call(np.ones((4, 5)), dtype="preserve", image=3).dtype == "float64"


def test_only_images_are_touched():
    """Scalars, vectors and tables come back as they are; each image in a tuple is changed."""
    table = {"area": np.ones((3, 3))}
    image, vector, number, same = call((np.ones((2, 2)), np.ones(3), 0.5, table))
    assert (image.dtype, vector.dtype, number, same) == ("uint8", "float64", 0.5, table)
    assert call(0.5) == 0.5
    assert call([np.ones((2, 2))])[0].dtype == "uint8"


def test_outputs_that_are_no_images_are_left_alone():
    """Coordinates are an array of two dimensions, and the catalog knows that they are no image."""
    outputs = (Output(name="image", kind="image"), Output(name="points", kind="points"))
    entry = FunctionEntry(key="lab:f", import_path="lab:f", parameters=(IMAGE,), outputs=outputs, flow="image")
    image, points = call((np.ones((2, 2)), np.full((5, 2), 0.5)), entry=entry)
    assert (image.dtype, points.dtype) == ("uint8", "float64")


def test_one_value_a_slice_is_no_image():
    """Thresholds of a T, Z stack have two dimensions, of which none is an image's."""
    assert call(np.full((3, 4), 0.5), leading=None, image=np.ones((3, 4, 8, 8))).dtype == "float64"
    assert call(np.full((3, 4), 0.5), leading=0, image=np.ones((3, 4, 8, 8))).dtype == "uint8"


def test_results_stay_on_the_device(cle):
    """A device array is changed and is a device array again."""
    done = change_dtype(cle.push(np.array([[0.5, 300.0]], "f4")), "uint8", "cast")
    assert memory_type_of(done) == "pyclesperanto"
    assert done.get().tolist() == [[0, 255]]


def test_a_dtype_that_the_device_lacks_is_refused_beforehand():
    """pyclesperanto holds float64 as float32: to ask for float64 is an error, to preserve it gives float32."""
    entry = FunctionEntry(key="lab:f", import_path="lab:f", output_memory_type="pyclesperanto", flow="image")
    with pytest.raises(ArgumentError, match="holds as float32"):
        dtype_layer(entry, Binding(entry), "float64", "auto", 0)


def test_preserving_on_the_device_uses_what_it_holds(cle):
    """A float64 input and a float32 device result: nothing has to be done."""
    result = cle.push(np.ones((2, 2), "f4"))
    assert change_dtype(result, "float64") is result


def _seen(scale, **more):
    observed = Observed(range=scale, **more)
    keeps = Parameter(name="preserve_range", types=("bool",), default=False, required=False)
    return FunctionEntry(key="lab:f", import_path="lab:f", parameters=(IMAGE, keeps), flow="image", observed=observed)


def test_auto_goes_by_what_trials_saw():
    """Floats on a scale of 0 to 1 reach the whole range of the integers, counts are rounded."""
    unit, counts = np.array([[0.0, 0.5, 1.0, 1.5]]), np.array([[0.0, 299.5, 70000.0]])
    done = call(unit, entry=_seen("unit"), dtype="preserve", scale="auto")
    assert (done.dtype, done.tolist()) == ("uint16", [[0, 32768, 65535, 65535]])
    done = call(counts, entry=_seen("input"), dtype="preserve", scale="auto")
    assert done.tolist() == [[0, 300, 65535]]
    with pytest.raises(ArgumentError, match="it isn't known whether"):
        call(unit, entry=_seen("other"), scale="auto")


def test_auto_keeps_zero_for_signed_images():
    """A signed image comes as -1 to 1: 0 stays 0, and 1 is the greatest value."""
    signed = np.ones((3, 4, 5), "int16")
    done = call(np.array([[-1.0, 0.0, 1.0]]), entry=_seen("unit"), dtype="preserve", scale="auto", image=signed)
    assert done.tolist() == [[-32767, 0, 32767]]


def test_auto_knows_nothing_of_float_images():
    """Trials were made with integers: of a float image nobody knows on which scale it came."""
    with pytest.raises(ArgumentError, match="it isn't known whether"):
        call(np.ones((2, 2)), entry=_seen("unit"), scale="auto", image=STACK.astype("float32"))


def test_auto_sees_a_call_that_keeps_counts():
    """With preserve_range the result is in counts, and where that departs the other way nothing is known."""
    layer = dtype_layer(_seen("unit"), Binding(_seen("unit")), "preserve", "auto", 0)
    by_name = layer(lambda args, kwargs: np.array([[300.4]]))((STACK,), {"preserve_range": True})
    by_position = layer(lambda args, kwargs: np.array([[300.4]]))((STACK, True), {})
    assert by_name.tolist() == by_position.tolist() == [[300]]
    counts = _seen("input", call={"preserve_range": True})
    layer = dtype_layer(counts, Binding(counts), "preserve", "auto", 0)
    with pytest.raises(ArgumentError, match="it isn't known whether"):
        layer(lambda args, kwargs: np.array([[0.4]]))((STACK,), {})


def test_auto_refuses_nan_whatever_is_known():
    """Knowing the scale makes no number of NaN."""
    with pytest.raises(ArgumentError, match="1 NaN and 0 infinite"):
        call(np.array([[np.nan, 1.0]]), entry=_seen("unit"), scale="auto")


def test_auto_does_not_saturate_nearly_all():
    """Sums over an image lie beyond its dtype: 1 to 255 of them would be left, and the error says how many go."""
    sums = np.arange(64 * 9).reshape(24, 24) * 100
    with pytest.raises(ArgumentError, match=r"573 of 576 values lie beyond uint8.* scale: cast"):
        change_dtype(sums, "uint8")
    assert change_dtype(sums, "uint8", "cast").max() == 255


def test_auto_saturates_some():
    """Up to seven in eight may go beyond, as the sky of a photograph does; small arrays are not judged."""
    values = np.repeat([[10, 300]], [8, 56]).reshape(8, 8)
    assert np.unique(change_dtype(values, "uint8")).tolist() == [10, 255]
    assert change_dtype(np.full((7, 9), 300), "uint8").max() == 255
