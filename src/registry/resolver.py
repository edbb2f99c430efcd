"""From a key to a callable: the only door, by exact look-up in a closed table.

A key names an entry, an entry an import path that was recorded at discovery, and only that module is imported. What is
resolved once is kept: the same key and options give the same `Function` in the whole process.
"""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from registry import catalog, devices
from registry.binding import Binding, Layer
from registry.decorate import Function
from registry.entry import Exclusion, FunctionEntry
from registry.errors import ArgumentError, RegistryError, SourceUnavailableError, UnknownKeyError
from registry.identify import key_of
from registry.libraries import LIBRARIES, find_library, prefixes
from registry.loading import Availability, availability, ensure_catalog, import_raw
from registry.memory import MEMORY_TYPES, held_dtype
from registry.options import CallOptions, unfit_options, wrong_options
from registry.origin import Origin
from registry.placement import device_layer
from registry.recovery import Recovery, cpu_counterpart, splits_exactly
from registry.registration import watch
from registry.relay import accept, origin_of
from registry.scaling import dtype_layer
from registry.slicing import gives_labels, slice_layer

__all__ = [
    "Availability",
    "availability",
    "describe",
    "ensure_catalog",
    "exclusions",
    "functions_by_memory_type",
    "key_of",
    "keys",
    "resolve",
    "restore",
]

_functions: dict[tuple[Any, ...], Function] = {}


def resolve(key: str, **options: Any) -> Function:
    """Make the callable of a key.

    Parameters
    ----------
    key : str
        A key or an alias, for example ``skimage:filters.gaussian``.
    **options
        Fields of `CallOptions`: ``memory``, ``dtype``, ``scale``, ``slice_by_slice``, ``on_oom``, ``device``.

    Returns
    -------
    Function
        With the library function's signature; the same object for the same key and options.

    Raises
    ------
    InvalidKeyError
        If `key` is not spelled like a key.
    UnknownKeyError
        If no function has this key; with the closest keys, and the reason if it is excluded.
    SourceUnavailableError
        If its library or device is missing here; with what to install.
    ArgumentError
        If an option is unknown, or does not hold for this function.

    Examples
    --------
    >>> resolve("skimage:filters.gaussian", slice_by_slice=True)
    resolve('skimage:filters.gaussian', slice_by_slice=True)
    """
    return restore(key, options)


def restore(
    key: str, options: Mapping[str, Any] | None = None, axes: str | None = None, origin: Origin | None = None
) -> Function:
    """Make the callable of a key again; this is what a pickled `Function` calls where it arrives.

    Parameters
    ----------
    key : str
        A key or an alias.
    options : mapping, optional
        Fields of `CallOptions` that differ from their defaults.
    axes : str, optional
        The axes of the flow input, see `Function.with_axes`.
    origin : Origin, optional
        Where a registered function comes from: a process that does not know it imports the module, or runs the file.

    Returns
    -------
    Function

    Raises
    ------
    InvalidKeyError, UnknownKeyError, SourceUnavailableError, ArgumentError
        As for `resolve`.
    CatalogMismatchError
        If the key is another function's in this process.
    """
    if origin is not None:
        accept(origin)
    chosen = _options(key, options or {})
    # The worker's device belongs to what a function is here, and not to what is shipped to another process.
    asked = (key, *msgspec.structs.astuple(chosen), axes, devices.in_use())
    function = _functions.get(asked)
    if function is not None:
        return function
    entry = describe(key)
    own = (entry.key, *asked[1:])
    made = _functions.get(own) or _decorated(entry, chosen, axes)
    # Under no lock while a module is imported, which may resolve functions itself; the first that is kept is the one.
    return _functions.setdefault(asked, _functions.setdefault(own, made))


@watch
def _forget(key: str) -> None:
    for asked, function in list(_functions.items()):
        if function.registry_key == key:
            _functions.pop(asked, None)


def describe(key: str) -> FunctionEntry:
    """What is known about a function, without importing its library.

    Parameters
    ----------
    key : str
        A key or an alias; then the entry's `key` is another.

    Returns
    -------
    FunctionEntry

    Raises
    ------
    InvalidKeyError, UnknownKeyError, SourceUnavailableError
        As for `resolve`.

    Notes
    -----
    If the installed version of the library was never seen and the nearest known one has no such key, the library is
    discovered once, which imports it.
    """
    try:
        return catalog.lookup(key)
    except (UnknownKeyError, SourceUnavailableError) as error:
        library = key.partition(":")[0]
        reason = getattr(error, "reason", None)
        if reason is not None or library not in prefixes():
            raise
        ensure_catalog(library)
    # Asked again even if nothing was discovered now: another thread may just have done it.
    return catalog.lookup(key)


def _find_plugins(library: str | None) -> None:
    """Discover the plugins that were never seen as they are; one that can't be imported has no keys to list."""
    for prefix in prefixes() if library is None else (library,):
        if prefix not in LIBRARIES and prefix in prefixes() and find_library(prefix).source == "plugin":
            try:
                ensure_catalog(prefix)
            except RegistryError:
                if library is not None:
                    raise


def keys(
    pattern: str | None = None,
    *,
    library: str | None = None,
    memory_type: str | None = None,
    kind: str | None = None,
) -> list[str]:
    """The keys of all known functions, whether or not they can run here.

    Parameters
    ----------
    pattern : str, optional
        A part of the key, or a glob (``*blur*``); upper and lower case are alike.
    library : str, optional
        Only of this library, for example ``skimage``.
    memory_type : str, optional
        Only those that work on arrays of this memory type.
    kind : str, optional
        Only those whose result is of this kind, for example ``labels``.

    Returns
    -------
    list of str
        Sorted; aliases are not in it.

    Raises
    ------
    UnknownKeyError
        If there is no such library.
    SourceUnavailableError
        If nothing is known of the library asked for.
    """
    _find_plugins(library)
    if memory_type is None and kind is None:
        found = list(catalog.keys(library))
    else:
        found = [
            entry.key
            for entry in catalog.entries(library)
            if memory_type in (None, entry.input_memory_type) and kind in (None, entry.kind)
        ]
    if pattern is not None:
        glob = pattern.lower() if any(sign in pattern for sign in "*?[") else f"*{pattern.lower()}*"
        found = [key for key in found if fnmatch.fnmatchcase(key.lower(), glob)]
    return sorted(found)


def exclusions(library: str | None = None) -> list[Exclusion]:
    """The public callables that are no entries, and why.

    Parameters
    ----------
    library : str, optional
        Only of this library.

    Returns
    -------
    list of Exclusion
        Sorted by key.
    """
    return sorted(catalog.exclusions(library), key=lambda exclusion: exclusion.key)


def functions_by_memory_type(memory_type: str) -> Mapping[str, Function]:
    """The functions that work on arrays of a memory type, by key.

    Parameters
    ----------
    memory_type : {'numpy', 'cupy', 'pyclesperanto'}
        Where the arrays are.

    Returns
    -------
    mapping of str to Function
        Resolves a function when it is taken out, and no other.

    Raises
    ------
    ArgumentError
        If the memory type is not known.
    """
    if memory_type not in MEMORY_TYPES:
        raise ArgumentError(
            f"memory type {memory_type!r} is not known; it is one of {', '.join(MEMORY_TYPES)}", value=memory_type
        )
    return _Resolved(keys(memory_type=memory_type))


class _Resolved(Mapping[str, Function]):
    """Functions by key, resolved when taken out."""

    def __init__(self, known: list[str]) -> None:
        self._known = dict.fromkeys(known)

    def __getitem__(self, key: str) -> Function:
        if key not in self._known:
            raise KeyError(key)
        return resolve(key)

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"<{len(self)} functions>"


def _options(key: str, options: Mapping[str, Any]) -> CallOptions:
    if not options:
        return CallOptions()  # as nearly every step of a document: to read nothing takes longer than all else here
    try:
        chosen = msgspec.convert(dict(options), CallOptions)
    except msgspec.ValidationError as error:
        known = ", ".join(CallOptions.__struct_fields__)
        raise ArgumentError(f"{key}: {error}; options are {known}", key=key, value=dict(options)) from None
    for name, message, _ in wrong_options(chosen):
        raise ArgumentError(f"{key}: {message}", key=key, parameter=name, value=getattr(chosen, name))
    return chosen


def _decorated(entry: FunctionEntry, options: CallOptions, axes: str | None) -> Function:
    _check_options(entry, options)
    raw = import_raw(entry)
    binding = Binding(entry)
    layers: list[Layer] = []
    if entry.library not in LIBRARIES:
        from registry.converting import converting_layer  # hand-written functions alone have annotations to keep

        converting = converting_layer(entry, raw)
        layers += [converting] if converting is not None else []
    sliced = options.slice_by_slice
    if sliced:
        layers.append(slice_layer(entry, binding, sliced, axes, unique_labels=options.unique_labels))
    if options.dtype != "native":
        leading = len(sliced) if isinstance(sliced, str) else None if sliced else 0
        layers.append(dtype_layer(entry, binding, options.dtype, options.scale, leading))
    memory_type = options.memory or entry.input_memory_type
    device = None if memory_type == "numpy" else devices.in_use() if options.device is None else options.device
    if device is not None:
        devices.require(memory_type, device, entry.key)
        layers.append(device_layer(entry, memory_type, device))
    return Function(
        entry,
        options,
        raw,
        restore=restore,
        binding=binding,
        axes=axes,
        layers=layers,
        origin=origin_of(entry.key),
        recovery=_recovery(entry, options, axes),
        device=device,
    )


def _recovery(entry: FunctionEntry, options: CallOptions, axes: str | None) -> Recovery | None:
    """What is done when a device runs out of memory; of the CPU's there is nothing to win back."""
    if options.on_oom == "raise" or (options.memory or entry.input_memory_type) == "numpy":
        return None
    if options.on_oom == "cpu":
        twin = cpu_counterpart(entry)
        on_cpu = msgspec.to_builtins(msgspec.structs.replace(options, on_oom="raise", memory=None, device=None))
        return Recovery(entry, words=f"called {twin}", instead=lambda: restore(str(twin), on_cpu, axes))
    if options.on_oom == "split" and not options.slice_by_slice:
        if not splits_exactly(entry):
            return Recovery(entry, words="it is not known to give the same for slices, and was not split")
        split = msgspec.to_builtins(msgspec.structs.replace(options, on_oom="raise", slice_by_slice=True))
        return Recovery(entry, words="called it slice by slice", instead=lambda: restore(entry.key, split, axes))
    return Recovery(entry)


def _check_options(entry: FunctionEntry, options: CallOptions) -> None:
    """Refuse what this function, or this version, can't do: an option that is not honoured must not pass."""
    held_as = functools.partial(held_dtype, entry.output_memory_type)
    for name, message, _ in unfit_options(
        options,
        library=entry.library,
        memory_type=entry.input_memory_type,
        labels=gives_labels(entry),
        held_as=held_as,
        has_twin=lambda: cpu_counterpart(entry) is not None,
    ):
        raise ArgumentError(f"{entry.key}: {message}", key=entry.key, parameter=name, value=getattr(options, name))
