"""Documents by the thousand: valid ones drawn from the catalogs, damaged ones made of them, and what must hold for all.

`strategies` draws valid documents (for property tests too), `mutations` damages them, `promises` says what holds for
any bytes whatsoever, `agreement` where the published schema may differ from the decoder. ``python -m tools.fuzz`` runs
them for as long as it is told, and keeps what it finds, made small, below ``tests/findings``.
"""
