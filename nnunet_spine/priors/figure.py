"""Histograms of the tissues against the fit, to be looked at before a prior is trusted."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri
from scipy.stats import norm

from nnunet_spine.priors.case import BIN_EDGES
from nnunet_spine.priors.fit import Fits, TissueFit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_VOXELS, _FIT = "#BBBBBB", "#0072B2"
"""Grey, and a blue of Okabe and Ito's palette: told apart by lightness too."""

_RUG_SHARE = 0.07
_HEADROOM = 1.1
_LEVELS = (np.arange(200) + 0.5) / 200


def implied_density(fit: TissueFit, x: np.ndarray) -> np.ndarray:
    """Density of the voxels that the generator's mixture makes of a prior, over all its images.

    It is a mixture of normal laws over means and deviations, both clipped as the generator clips them.

    Args:
        fit: the prior.
        x: (N,) intensities.
    """
    means = np.clip(fit.mean[0] + fit.mean[1] * ndtri(_LEVELS), 0, 1)
    # As wide as a bin at least, since the histogram shows nothing sharper either.
    stds = np.maximum(fit.std[0] + fit.std[1] * ndtri(_LEVELS[5::10]), np.diff(BIN_EDGES)[0] / 2)
    return norm.pdf(x[:, None, None], means[:, None], stds).mean((1, 2))


def draw_fits(fits: Fits) -> bytes:
    """A row for each sequence, a panel for each tissue; a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tissues = list(dict.fromkeys(tissue for row in fits.values() for tissue in row))
    figure = Figure(figsize=(2.9 * len(tissues), 2.2 * len(fits) + 0.7), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(fits), len(tissues), squeeze=False)
    for row, (sequence, of_tissue) in zip(axes, fits.items(), strict=True):
        for ax, tissue in zip(row, tissues, strict=True):
            if tissue in of_tissue:
                _draw_panel(ax, f"{sequence}: {tissue}", of_tissue[tissue])
            else:
                ax.set_axis_off()
    for ax in axes[-1]:
        ax.set_xlabel("intensity (0 floor, 1 bright)", fontsize=9)
    handles, labels = next(ax for ax in axes[0] if ax.has_data()).get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(handles), frameon=False)
    file = io.BytesIO()
    figure.savefig(file, dpi=110, format="png")
    return file.getvalue()


def _draw_panel(ax: Axes, title: str, fit: TissueFit) -> None:
    x = np.linspace(BIN_EDGES[0], BIN_EDGES[-1], 400)
    density = implied_density(fit, x)
    # A lump at an end, of air or of saturated voxels, runs out of the panel instead of pressing all else flat.
    highest = np.sort(fit.density)[-3]
    top = _HEADROOM * max(highest, density[(x > 0.02) & (x < 0.98)].max())
    ax.stairs(fit.density, BIN_EDGES, fill=True, color=_VOXELS, label="voxels of the images")
    ax.plot(x, density, color=_FIT, linewidth=1.8, label="density that the fit implies")
    # Unlabelled tissue has so many regions that their means would fill the axis.
    means = fit.means if len(fit.means) == fit.images else []
    ax.vlines(means, -_RUG_SHARE * top, 0, color=_FIT, linewidth=0.7, label="mean of each image")
    ax.set_ylim(-_RUG_SHARE * top, top)
    ax.set_xlim(BIN_EDGES[0], BIN_EDGES[-1])
    ax.set_yticks([])
    ax.set_title(f"{title} (n = {fit.images})", fontsize=10)
    ax.spines[["top", "right", "left"]].set_visible(False)
