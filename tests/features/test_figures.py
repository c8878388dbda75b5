from __future__ import annotations

import numpy as np
import pandas as pd

from nnunet_spine.features.figures.embedding import embedding_figure
from nnunet_spine.features.figures.separation import separation_figure
from nnunet_spine.palette import Palette

PALETTE = Palette.of({"background": 0, "vertebrae": 1, "canal": 2})


def table(patients: int = 12) -> pd.DataFrame:
    """Three pairs of domains; the last one is told apart worse than by chance, and lies far apart."""
    pairs = [("a", "b", 0.9, 1.0), ("a", "c", 0.7, 0.5), ("b", "c", 0.2, 9.0)]
    keys = ("domain_a", "domain_b", "probe_accuracy", "shift_sd")
    return pd.DataFrame(
        dict(zip(keys, pair, strict=True))
        | {"structure": structure, "layer": f"encoder.stages.{place}", "place": place, "silhouette": 0.1}
        | {"probe_chance_limit": 0.6, "shift_chance_limit": 0.3}
        | {"patients_a": patients, "patients_b": patients - (structure == "canal"), "patients_both": 2}
        | {"note": "" if patients > 9 else "uncertain"}
        for pair in pairs
        for structure in ("canal", "other")
        for place in range(3)
    )


def test_every_value_is_within_the_axes_of_every_column():
    figure = separation_figure(table(), PALETTE, "title")
    assert len(figure.axes) == 9
    for ax in figure.axes:
        low, high = ax.get_ylim()
        assert all(low <= value <= high for line in ax.lines for value in line.get_ydata())
    lows = [figure.axes[k].get_ylim() for k in (0, 1, 2)]
    assert lows[0] == lows[1] == lows[2]


def test_structures_have_their_colours_and_numbers_of_patients_are_said():
    figure = separation_figure(table(), PALETTE, "title")
    canal, _ = figure.axes[0].lines[:2]
    assert canal.get_color() == PALETTE.colours[2]
    assert figure.axes[0].get_title() == "a and b\n12 and 11-12 patients, 2 in both"
    assert [tick.get_text() for tick in figure.axes[6].get_xticklabels()] == ["encoder 0", "encoder 1", "encoder 2"]
    assert "uncertain" in separation_figure(table(6), PALETTE, "title").axes[0].get_title()


def test_points_have_colours_of_domains_and_markers_of_structures():
    rows = pd.DataFrame([(d, s) for d in "ab" for s in ("x", "y")], columns=["domain", "structure"])
    points = {f"encoder.stages.{k}": np.arange(8.0).reshape(4, 2) + k for k in range(4)}
    figure = embedding_figure(rows, points, "title")
    lines = figure.axes[0].lines
    assert [line.get_xydata().tolist() for line in lines] == [[one.tolist()] for one in points["encoder.stages.0"]]
    colours, markers = [line.get_color() for line in lines], [line.get_marker() for line in lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert markers[0] == markers[2] != markers[1] == markers[3]
    assert [ax.get_title() for ax in figure.axes[:4]] == ["encoder 0", "encoder 1", "encoder 2", "encoder 3"]
