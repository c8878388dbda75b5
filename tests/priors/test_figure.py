"""The curve of the figure is the density that the prior implies."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.priors.case import BIN_EDGES
from nnunet_spine.priors.figure import draw_fits, implied_density
from nnunet_spine.priors.fit import TissueFit


def fit_of(mean: tuple[float, float], std: tuple[float, float]) -> TissueFit:
    density = np.full(len(BIN_EDGES) - 1, 1 / np.ptp(BIN_EDGES))
    return TissueFit(mean, std, images=3, means=np.array([0.1, 0.4, 0.5]), density=density)


@pytest.mark.parametrize(("mean", "std"), [((0.5, 0.1), (0.05, 0.0)), ((0.4, 0.0), (0.1, 0.02))])
def test_the_mixture_has_the_moments_of_its_laws(mean: tuple[float, float], std: tuple[float, float]):
    x = np.linspace(-1, 2, 901)
    density = implied_density(fit_of(mean, std), x)
    assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-3)
    assert np.trapezoid(density * x, x) == pytest.approx(mean[0], abs=1e-3)
    variance = np.trapezoid(density * (x - mean[0]) ** 2, x)
    assert variance == pytest.approx(mean[1] ** 2 + std[0] ** 2 + std[1] ** 2, rel=0.02)


def test_means_beyond_the_range_are_drawn_at_its_end():
    x = np.linspace(-1, 2, 901)
    density = implied_density(fit_of((0.0, 0.2), (0.02, 0.0)), x)
    assert np.trapezoid(density[x < -0.1], x[x < -0.1]) < 1e-4
    assert np.trapezoid(density[x < 0.05], x[x < 0.05]) > 0.5


def test_a_figure_has_a_row_for_each_sequence_and_a_gap_where_a_tissue_is_missing():
    one = fit_of((0.4, 0.1), (0.05, 0.01))
    figures = [draw_fits(fits) for fits in ({"a": {"disc": one}}, {"a": {"disc": one}, "b": {"canal": one}})]
    sizes = [(int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) for png in figures]
    assert sizes[1][0] > sizes[0][0]
    assert sizes[1][1] > sizes[0][1]
