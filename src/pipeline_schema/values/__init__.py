"""Values: what a constant of a document can be, beyond what JSON has words for.

`parse` reads the document's notation, `encode` writes it; what only a plan can make (arrays, results of constructors,
functions) is held by inert records in between.
"""

from __future__ import annotations

from pipeline_schema.values.encode import encode
from pipeline_schema.values.parse import parse
from pipeline_schema.values.records import Array, Call, DType, File, FunctionRef, Rng

__all__ = ["Array", "Call", "DType", "File", "FunctionRef", "Rng", "encode", "parse"]
