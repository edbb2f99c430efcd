"""Runs a library's own tests twice: with its functions as they are, and with the registry's callables in their place.

``python -m tools.drop_in LIBRARY`` says what differs. It is a tool of this repository: it is not shipped, and of
anybody's tests it keeps the names alone.
"""
