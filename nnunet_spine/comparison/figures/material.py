"""What all figures are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nnunet_spine.comparison.collect import Collection


@dataclass(frozen=True)
class Material:
    """Rows and what to make of them.

    Attributes:
        collection: rows of all arms.
        metric: key of the primary metric.
        distance: key of the distance that is shown beside it; missed structures count with the image's diagonal.
        baseline: the arm that others are compared with; None for the first.
    """

    collection: Collection
    metric: str = "dice"
    distance: str = "hd95_mm"
    baseline: str | None = None


@dataclass(frozen=True)
class FigureSpec:
    """A kind of figure.

    Attributes:
        key: of files and anchors.
        title: above it.
        draw: draws it; None where the rows have nothing to show.
        caption: how to read it, in a sentence or two, with n; asked only where `draw` gave a figure.
    """

    key: str
    title: str
    draw: Callable[[Material], Figure | None]
    caption: Callable[[Material], str]
