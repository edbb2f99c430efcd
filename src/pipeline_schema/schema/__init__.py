"""The published JSON Schema: what editors complete and check documents with, generated from the same tables."""

from __future__ import annotations

from pipeline_schema.schema.document import pipeline_schema
from pipeline_schema.schema.files import drift, verify, write

__all__ = ["drift", "pipeline_schema", "verify", "write"]
