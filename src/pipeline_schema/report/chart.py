"""Charts as inline SVG: they stretch with the page, and their colours are the page's."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline_schema.report.markup import Markup, tag

__all__ = ["bar", "histogram"]


def bar(share: float, said: str) -> Markup:
    """A horizontal bar.

    Parameters
    ----------
    share : float
        Of the whole width, 0 to 1.
    said : str
        What it means, for those who do not see it.
    """
    return tag(
        "svg",
        tag("title", said),
        tag("rect", class_="back", width=100, height=10, rx=1),
        tag("rect", class_="bar", width=f"{max(0.3, min(1.0, share) * 100):.2f}", height=10, rx=1),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        role="img",
    )


def histogram(counts: Sequence[int], said: str) -> Markup | None:
    """A small histogram; None if there is nothing to draw."""
    most = max(counts, default=0)
    if not most:
        return None
    bars = [
        tag("rect", x=index, y=f"{20 - 20 * count / most:.2f}", width=0.85, height=f"{20 * count / most:.2f}")
        for index, count in enumerate(counts)
        if count
    ]
    return tag(
        "svg",
        tag("title", said),
        bars,
        class_="sketch",
        viewBox=f"0 0 {len(counts)} 20",
        preserveAspectRatio="none",
        role="img",
    )
