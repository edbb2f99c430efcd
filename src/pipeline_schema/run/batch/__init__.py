"""Runs over many files: a journal, a schedule, a record; killed at any moment, and resumed."""
