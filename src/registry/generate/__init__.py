"""Making the catalogs that are shipped: each library at each version in an environment of its own.

Nothing here is imported by the rest; it runs as ``python -m registry.generate``.
"""
