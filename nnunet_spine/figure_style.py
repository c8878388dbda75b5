"""How all figures look: fonts, colours, markers, line styles, and the SVG that a page embeds.

Colours are Okabe and Ito's, which the colour-blind tell apart; with each goes a marker and a line style, so that a grey
print says the same.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_P = ParamSpec("_P")

_LAYOUTS = 2
"""The second time, labels that the first has moved are taken into account."""

WIDTH_IN = 9.4
"""Width of a figure: about 900 pixels of a page, where the smallest text is 11 pixels high."""

INK, FAINT, GRID = "#222222", "#777777", "#DDDDDD"

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito's palette, the ones that stand out best on white first."""

MARKERS = "osD^vPX*"
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)), (0, (3, 3, 1, 3)))

RC: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.08,
}
"""Settings of matplotlib while a figure is drawn or written. DejaVu Sans is wide: a page that falls back to a narrower
font has room to spare."""


def styled(draw: Callable[_P, Figure | None]) -> Callable[_P, Figure | None]:
    """Decorator: the function draws with the settings of all figures, and leaves those of others as they are.

    Layout and ticks are fixed here: the layout would move a little whenever the figure is written, and the number of
    ticks would follow the font of whoever writes it.
    """

    @wraps(draw)
    def within(*args: _P.args, **kwargs: _P.kwargs) -> Figure | None:
        from matplotlib import rc_context

        with rc_context(RC):
            figure = draw(*args, **kwargs)
            if figure is not None:
                for _ in range(_LAYOUTS):
                    figure.get_layout_engine().execute(figure)
                figure.set_layout_engine("none")
                _fix_ticks(figure)
            return figure

    return within


def _fix_ticks(figure: Figure) -> None:
    from matplotlib.ticker import FixedLocator

    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        axis.set_major_locator(FixedLocator(axis.get_majorticklocs()))


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """An empty figure that lays itself out; it needs no display and is no state of pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


_REFERENCE = re.compile(r'(\bid="|url\(#|href="#)')


def svg(figure: Figure, key: str, title: str = "") -> str:
    """The figure as an `<svg>` element to be put into a page: text stays text, and two calls give the same.

    Args:
        figure: to write.
        key: letters, digits, `_`; begins every id within, so that figures on one page do not take each other's.
        title: what the figure is called to those who cannot see it.
    """
    from html import escape

    from matplotlib import rc_context

    file = io.StringIO()
    with rc_context(RC | {"svg.hashsalt": key}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = file.getvalue()
    element = _REFERENCE.sub(rf"\g<1>{key}-", text[text.index("<svg") :])
    return element.replace("<svg", f'<svg role="img" aria-label="{escape(title or key)}"', 1)
