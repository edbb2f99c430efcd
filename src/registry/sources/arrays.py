"""What NumPy and CuPy have in common: ufuncs, reductions, array manipulation and ``fft``, the glue between filters.

Everything public is an entry but what a table here leaves out: what works on files, text, dtypes or settings instead of
arrays, runs functions, or gives nothing back because it writes into its input.
"""

from __future__ import annotations

import inspect
import re
from functools import partial
from importlib import import_module
from typing import Any

from registry.catalog import Catalog
from registry.entry import ExclusionReason, FunctionKind
from registry.libraries import find_library
from registry.sources.docs import Returned
from registry.sources.google import read_google_doc
from registry.sources.reading import Rules, make_catalog
from registry.sources.walk import walk
from registry.types import is_array_phrase

__all__ = ["discover_arrays"]

_LEFT_OUT: dict[tuple[ExclusionReason, str], str] = {
    ("io", ""): "fromfile fromregex fromstring genfromtxt load loadtxt save savetxt savez savez_compressed",
    ("executes-code", ""): "bmat fft.test safe_eval test",
    ("needs-callback", ""): (
        "apply_along_axis apply_over_axes fromfunction frompyfunc fuse mask_indices memoize piecewise vectorize"
    ),
    ("not-array", "it writes into its input and returns nothing"): (
        "copyto fill_diagonal place put put_along_axis putmask"
    ),
    ("not-array", ""): (
        "array2string array_repr array_str asmatrix base_repr binary_repr broadcast_shapes busday_count busday_offset "
        "byte_bounds can_cast common_type datetime_as_string datetime_data disp einsum_path find_common_type "
        "format_float_positional format_float_scientific fromDlpack from_dlpack frombuffer fromiter get_array_module "
        "get_array_wrap get_include get_printoptions getbufsize geterr geterrcall info is_busday isdtype issctype "
        "issubclass_ issubdtype issubsctype iterable make_aligned_dtype may_share_memory min_scalar_type mintypecode "
        "nested_iters obj2sctype printoptions promote_types require result_type sctype2char set_printoptions "
        "set_string_function setbufsize seterr seterrcall shares_memory show_config show_runtime typename who"
    ),
    ("device-management", ""): (
        "asnumpy clear_memo cuda disable_experimental_feature_memory_pool get_default_memory_pool "
        "get_default_pinned_memory_pool is_available"
    ),
    ("class", "it is an indexing object, not a function"): "c_ index_exp mgrid ogrid r_ s_",
}
_EXCLUDED: dict[str, tuple[ExclusionReason, str]] = {
    name: reason for reason, names in _LEFT_OUT.items() for name in names.split()
}


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MASKS = _names(
    "equal greater greater_equal isclose iscomplex isfinite isin isinf isnan isnat isneginf isposinf isreal less "
    "less_equal logical_and logical_not logical_or logical_xor not_equal signbit"
)
_SCALARS = _names("allclose array_equal array_equiv count_nonzero iscomplexobj isfortran isrealobj isscalar ndim size")
_VALUES = _names(
    "arange array bartlett blackman diag_indices empty eye fft.fftfreq fft.rfftfreq full geomspace hamming hanning "
    "identity indices kaiser linspace logspace ones tri tril_indices triu_indices zeros"
)
# What gives an image for an image: the others may give a number, or an array of another shape.
_IMAGES = _names(
    "angle around astype clip copy fft.fftshift fft.ifftshift fix flip fliplr flipud i0 imag nan_to_num pad real "
    "real_if_close roll rot90 round round_ sinc tril triu unwrap"
)
# Arrays where the documentation has no type for them, or one of many names.
_DATA = frozenset(
    {"a", "args", "arrays", "ary", "arys", "m", "operands", "tup", "val", "x", "x1", "x2", "xi", "y", "z"}
)

# Results where the documentation names none, or the conditional ones besides; of both libraries.
_OUTPUTS = {
    "divmod": ("out1", "out2"),
    "frexp": ("mantissa", "exponent"),
    "histogram": ("hist", "bin_edges"),
    "histogram2d": ("H", "xedges", "yedges"),
    "modf": ("y1", "y2"),
    "polyfit": ("p",),
    "tril_indices": ("rows", "columns"),
    "tril_indices_from": ("rows", "columns"),
    "triu_indices": ("rows", "columns"),
    "triu_indices_from": ("rows", "columns"),
    "unique_all": ("values", "indices", "inverse_indices", "counts"),
    "unique_counts": ("values", "counts"),
    "unique_inverse": ("values", "inverse_indices"),
}

# Their implementation takes a keyword, and the dispatcher in front of it, which Python does not see, takes none.
_DISPATCHED = frozenset(_names("unique_all unique_counts unique_inverse unique_values"))

_UFUNC_OPTIONS = {"casting": "same_kind", "order": "K", "dtype": None, "subok": True, "signature": None}
_GENERALIZED_OPTIONS = {"axes": None, "axis": None, "keepdims": False}
_POSITIONAL = inspect.Parameter.POSITIONAL_ONLY
_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD
_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def discover_arrays(library: str) -> Catalog:
    """Find the functions of ``numpy`` and ``numpy.fft``, or of ``cupy`` and ``cupy.fft``."""
    root = find_library(library).root
    ufunc = import_module(root).ufunc
    found = walk(root, ("", "fft"))
    # Generalized ones, such as vecdot, take axes away.
    ufuncs = {one.dotted for one in found if isinstance(one.value, ufunc) and not getattr(one.value, "signature", None)}
    rules = Rules(
        library=library,
        excluded=_EXCLUDED,
        constructors=_VALUES,
        kind_of=partial(_kind_of, ufuncs),
        is_array=lambda parameter, stated: is_array_phrase(stated.type) or _is_data(parameter),
        outputs=_OUTPUTS,
        signature_of=partial(_signature, ufunc),
        read=read_google_doc,
    )
    return make_catalog(rules, found)


def _is_data(parameter: inspect.Parameter) -> bool:
    # The m of polyder is a number, as its default says.
    return parameter.name in _DATA and not isinstance(parameter.default, int)


def _kind_of(ufuncs: set[str], name: str, flow: str | None, returns: tuple[Returned, ...]) -> FunctionKind:
    if name in _MASKS:
        return "mask"
    if name in _SCALARS:
        return "scalar"
    if name in _VALUES:
        return "values"
    return "image" if name in ufuncs or name in _IMAGES else "unknown"


def _ufunc_signature(value: Any) -> inspect.Signature:
    """NumPy writes a ufunc's inputs as ``x``, or ``x1``, ``x2``; before 2.4, and in CuPy, it does not tell Python."""
    names = ("x",) if value.nin == 1 else tuple(f"x{index + 1}" for index in range(value.nin))
    generalized = getattr(value, "signature", None) is not None
    options = (_GENERALIZED_OPTIONS if generalized else {"where": True}) | _UFUNC_OPTIONS
    return inspect.Signature([
        *(inspect.Parameter(name, _POSITIONAL) for name in names),
        inspect.Parameter("out", _EITHER, default=None if value.nout == 1 else (None,) * value.nout),
        *(inspect.Parameter(name, _KEYWORD, default=default) for name, default in options.items()),
    ])  # fmt: skip


def _signature(ufunc: type, value: Any) -> inspect.Signature:
    """What Python knows, else what the first line of the documentation says: ``where(condition, [x, y], /)``."""
    try:
        signature = inspect.signature(value)
        if getattr(value, "__name__", None) in _DISPATCHED:
            return signature.replace(parameters=[p.replace(kind=_POSITIONAL) for p in signature.parameters.values()])
        return signature
    except (TypeError, ValueError):
        if isinstance(value, ufunc):
            return _ufunc_signature(value)
        line = (inspect.getdoc(value) or "").split("\n", 1)[0]
        match = re.fullmatch(r"\w+\(([\w, =\[\]/]*)\)(?: -> \w+)?", line)
        if match is None:
            raise ValueError(f"no signature of {value!r}") from None
        return _written_signature(match[1])


def _written_signature(text: str) -> inspect.Signature:
    """Of ``condition, [x, y], /`` or ``ndarray a, axis=None``: what is in brackets or has a default is optional."""
    kind = _POSITIONAL if "/" in text else _EITHER
    required, _, optional = text.replace("/", "").partition("[")
    parameters = [
        inspect.Parameter(name, kind, default=None if default else inspect.Parameter.empty)
        for name, default in re.findall(r"(\w+)(=None)?\s*(?:,|$)", required)
    ]
    parameters += [inspect.Parameter(name, kind, default=None) for name in re.findall(r"\w+", optional)]
    return inspect.Signature(parameters)
