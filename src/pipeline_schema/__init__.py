"""Pipelines as typed documents that name functions; see `pipeline_schema.document` and the README.

A facade: names are looked up when they are first touched, so that importing it loads none of the heavy libraries.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pipeline_schema.identity import VERSION, verify_registry

if TYPE_CHECKING:
    from pipeline_schema.builder import pipeline
    from pipeline_schema.check import check
    from pipeline_schema.codec import canonical, digest, dumps, loads
    from pipeline_schema.document import Input, Options, Pipeline, Step
    from pipeline_schema.errors import (
        DocumentError,
        ImageError,
        MemoryLimitError,
        OutputError,
        PipelineError,
        PlanError,
        ProtocolError,
        RunError,
        RunTimeoutError,
        SchemaDriftError,
        StepError,
        UnsupportedVersionError,
        UsageError,
        WorkerDiedError,
    )
    from pipeline_schema.events import Event
    from pipeline_schema.plan import Plan
    from pipeline_schema.plan import compile_pipeline as compile  # noqa: A004 - the public name says what it does
    from pipeline_schema.problems import Problem
    from pipeline_schema.run.caching.cache import Cache
    from pipeline_schema.run.local import run, run_bytes
    from pipeline_schema.values import Array, Call, DType, File, FunctionRef, Rng
    from registry.local import load_functions
    from registry.registration import register
    from registry.resolver import describe, key_of, keys, resolve

__version__ = VERSION

verify_registry()

# Public name to the place that holds it.
_PLACES = {
    "Array": "pipeline_schema.values:Array",
    "Cache": "pipeline_schema.run.caching.cache:Cache",
    "Call": "pipeline_schema.values:Call",
    "DType": "pipeline_schema.values:DType",
    "DocumentError": "pipeline_schema.errors:DocumentError",
    "Event": "pipeline_schema.events:Event",
    "File": "pipeline_schema.values:File",
    "FunctionRef": "pipeline_schema.values:FunctionRef",
    "ImageError": "pipeline_schema.errors:ImageError",
    "Input": "pipeline_schema.document:Input",
    "Options": "pipeline_schema.document:Options",
    "MemoryLimitError": "pipeline_schema.errors:MemoryLimitError",
    "OutputError": "pipeline_schema.errors:OutputError",
    "Pipeline": "pipeline_schema.document:Pipeline",
    "PipelineError": "pipeline_schema.errors:PipelineError",
    "Plan": "pipeline_schema.plan:Plan",
    "PlanError": "pipeline_schema.errors:PlanError",
    "Problem": "pipeline_schema.problems:Problem",
    "ProtocolError": "pipeline_schema.errors:ProtocolError",
    "Rng": "pipeline_schema.values:Rng",
    "RunError": "pipeline_schema.errors:RunError",
    "RunTimeoutError": "pipeline_schema.errors:RunTimeoutError",
    "SchemaDriftError": "pipeline_schema.errors:SchemaDriftError",
    "Step": "pipeline_schema.document:Step",
    "StepError": "pipeline_schema.errors:StepError",
    "UnsupportedVersionError": "pipeline_schema.errors:UnsupportedVersionError",
    "UsageError": "pipeline_schema.errors:UsageError",
    "WorkerDiedError": "pipeline_schema.errors:WorkerDiedError",
    "canonical": "pipeline_schema.codec:canonical",
    "check": "pipeline_schema.check:check",
    "compile": "pipeline_schema.plan:compile_pipeline",
    "describe": "registry.resolver:describe",
    "digest": "pipeline_schema.codec:digest",
    "dumps": "pipeline_schema.codec:dumps",
    "key_of": "registry.resolver:key_of",
    "keys": "registry.resolver:keys",
    "load_functions": "registry.local:load_functions",
    "loads": "pipeline_schema.codec:loads",
    "pipeline": "pipeline_schema.builder:pipeline",
    "register": "registry.registration:register",
    "resolve": "registry.resolver:resolve",
    "run": "pipeline_schema.run.local:run",
    "run_bytes": "pipeline_schema.run.local:run_bytes",
}

__all__ = [
    "Array",
    "Cache",
    "Call",
    "DType",
    "DocumentError",
    "Event",
    "File",
    "FunctionRef",
    "ImageError",
    "Input",
    "MemoryLimitError",
    "Options",
    "OutputError",
    "Pipeline",
    "PipelineError",
    "Plan",
    "PlanError",
    "Problem",
    "ProtocolError",
    "Rng",
    "RunError",
    "RunTimeoutError",
    "SchemaDriftError",
    "Step",
    "StepError",
    "UnsupportedVersionError",
    "UsageError",
    "WorkerDiedError",
    "canonical",
    "check",
    "compile",
    "describe",
    "digest",
    "dumps",
    "key_of",
    "keys",
    "load_functions",
    "loads",
    "pipeline",
    "register",
    "resolve",
    "run",
    "run_bytes",
]


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = place.partition(":")
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Facade(ModuleType):
    """This package, in which importing the module `check` or `run` does not replace the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PLACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Facade
