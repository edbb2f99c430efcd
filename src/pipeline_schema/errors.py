"""Errors that pipelines raise.

Each carries its facts as attributes and survives pickling.

    PipelineError
    ├── DocumentError (ValueError)    .problems: the document can't be read
    │   └── UnsupportedVersionError   the document was written for a newer format
    ├── PlanError                     .problems: the document was read, and can't be run
    ├── SchemaDriftError              a generated file is not what the code generates
    ├── UsageError (ValueError)       what was asked for makes no sense: an option, an input, a folder
    └── RunError
        ├── ImageError (ValueError)   .path: a file can't be read as the image that the pipeline takes
        ├── OutputError               .path: a result can't be written
        ├── StepError                 .step .key .remote_traceback: a function raised
        ├── WorkerDiedError           .returncode .stderr_tail
        ├── RunTimeoutError           .seconds
        ├── MemoryLimitError (MemoryError)  .limit .used: a worker took more memory than it may
        └── ProtocolError             the two ends of a channel do not understand each other
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import FactsError

if TYPE_CHECKING:
    from pipeline_schema.problems import Problem

__all__ = [
    "DocumentError",
    "ImageError",
    "MemoryLimitError",
    "OutputError",
    "PipelineError",
    "PlanError",
    "ProtocolError",
    "RunError",
    "RunTimeoutError",
    "SchemaDriftError",
    "StepError",
    "UnsupportedVersionError",
    "UsageError",
    "WorkerDiedError",
]


class PipelineError(FactsError):
    """Base of all errors of pipelines."""


class DocumentError(PipelineError, ValueError):
    """A document can't be read. Facts: ``problems``."""

    problems: tuple[Problem, ...] = ()


class UnsupportedVersionError(DocumentError):
    """A document was written for a format that this version does not know. Facts: ``problems``."""


class PlanError(PipelineError):
    """A document was read and can't be run. Facts: ``problems``."""

    problems: tuple[Problem, ...] = ()


class SchemaDriftError(PipelineError):
    """A generated file is not what the code generates. Facts: ``paths``."""

    paths: tuple[str, ...] = ()


class UsageError(PipelineError, ValueError):
    """What was asked for makes no sense: an unknown option, no inputs, an output folder that is in use."""


class RunError(PipelineError):
    """A run failed."""


class ImageError(RunError, ValueError):
    """A file can't be read as the image that the pipeline takes. Facts: ``path``."""

    path: str | None = None


class OutputError(RunError):
    """A result can't be written. Facts: ``path``."""

    path: str | None = None


class StepError(RunError):
    """A function raised. Facts: ``step``, ``key``, ``error_type``, ``remote_traceback`` (None in the same process)."""

    step: str
    key: str
    error_type: str = ""
    remote_traceback: str | None = None


class WorkerDiedError(RunError):
    """A worker ended without an answer. Facts: ``returncode``, ``stderr_tail``."""

    returncode: int | None = None
    stderr_tail: str = ""


class RunTimeoutError(RunError):
    """An answer did not come in time. Facts: ``seconds``."""

    seconds: float


class MemoryLimitError(RunError, MemoryError):
    """A worker took more memory than it may, and was ended. Facts: ``limit`` and ``used``, in bytes."""

    limit: int
    used: int


class ProtocolError(RunError):
    """The two ends of a channel do not understand each other."""
