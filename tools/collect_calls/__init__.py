"""Collects which values libraries' functions accept, from the calls that the libraries' own examples and tests make.

``python -m tools.collect_calls`` says how. It is a tool of this repository: it is not shipped, what it finds is
(`registry.evidence`). It keeps values of calls, never a line of anybody's code.
"""
