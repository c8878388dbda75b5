"""What is drawn is what the statistics say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nnunet_spine.comparison.figures import FIGURES, Material
from nnunet_spine.comparison.reading.collect import Collection

from ..example import make_results
from ..test_curves import epoch, write_log
from .conftest import Draw

SPECS = {spec.key: spec for spec in FIGURES}


def panel(figure: Figure, title: str) -> Axes:
    return next(ax for ax in figure.axes if ax.get_title() == title)


def points(ax: Axes, colour: str) -> np.ndarray:
    """(N, 2) of the points in a colour."""
    return np.concatenate(
        [line.get_xydata() for line in ax.lines if line.get_color() == colour and len(line.get_xydata())]
    )


def test_every_patient_has_a_point(materials: dict[str, Material], drawn: Draw):
    material = materials["full"]
    values = material.patients("dice")
    values = values[(values["condition"] == "as acquired") & (values["sequence"] == "t1")]
    ax = panel(drawn("full", "structures"), "T1")
    for arm, style in material.styles.items():
        expected = values.loc[values["arm"] == arm, "value"]
        np.testing.assert_allclose(np.sort(points(ax, style.colour)[:, 0]), np.sort(expected))


def test_a_missed_structure_lies_at_the_diagonal(materials: dict[str, Material], drawn: Draw):
    material = materials["full"]
    axes = [ax for ax in drawn("full", "structures").axes if ax.get_title() == "T1"]
    distances = points(axes[1], material.styles["Real"].colour)[:, 0]
    assert distances.max() == pytest.approx(material.collection.scores["diagonal_mm"].max())
    assert axes[1].get_xlim()[1] > distances.max()


def test_means_of_sequences_are_joined(materials: dict[str, Material], drawn: Draw):
    material = materials["full"]
    means = material.means().query("structure == 'canal' and condition == 'as acquired' and arm == 'Real'")
    ax = panel(drawn("full", "contrast"), "canal")
    expected = means.set_index("sequence").loc[["t1", "t2"], "mean"]
    np.testing.assert_allclose(points(ax, material.styles["Real"].colour)[:, 1], expected)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["T1", "T2"]


def test_curves_begin_where_nothing_is_done(materials: dict[str, Material], drawn: Draw):
    material = materials["full"]
    ax = panel(drawn("full", "robustness"), "resolution: T2")
    curve = points(ax, material.styles["Synth"].colour)
    np.testing.assert_array_equal(curve[:, 0], [1, 2, 3, 4])
    assert (np.diff(curve[:, 1]) < 0).all()
    assert ax.get_xlabel().startswith("resolution (")


def test_a_series_is_drawn_over_its_patients(materials: dict[str, Material], drawn: Draw):
    material = materials["full"]
    ax = panel(drawn("full", "few_shot"), "T1")
    curve = points(ax, material.styles["Shot, 1 patient"].colour)
    np.testing.assert_array_equal(curve[:, 0], [1, 2, 5])
    others = {line.get_label() for line in ax.lines if len(set(line.get_ydata())) == 1}
    assert others >= {"Real", "Synth", "Mix"}


def test_an_arm_without_a_series_has_one_line_in_all_panels(collected: Callable[..., Collection]):
    shots = [make_results("Shot", real_patients=n) for n in (1, 5)]
    material = Material(collected(*shots, make_results("OnlyT1", sequences=("t1",)), make_results("Both")))
    figure = SPECS["few_shot"].draw(material)
    lines = {
        (ax.get_title(), line.get_label()): line.get_linestyle()
        for ax in figure.axes
        for line in ax.lines
        if line.get_label() in ("OnlyT1", "Both")
    }
    assert lines == {("T1", "OnlyT1"): "-", ("T1", "Both"): "--", ("T2", "Both"): "--"}
    (legend,) = figure.legends
    shown = {line.get_label(): line.get_linestyle() for line in legend.legend_handles}
    assert (shown["OnlyT1"], shown["Both"]) == ("-", "--")


def test_only_what_is_shown_to_differ_is_filled(collected: Callable[..., Collection]):
    # With 20 patients: Synth is worse than Real on T2, and Twin is Real with other noise.
    patients = tuple(f"p{k:02d}" for k in range(20))
    arms = ("Real", "Synth", "Twin")
    material = Material(collected(*(make_results(arm, patients=patients) for arm in arms)))
    tests = material.differences.set_index(["structure", "sequence", "first"])
    for structure, title in (("vertebrae", "vertebrae"), ("mean", "mean of structures")):
        ax = panel(SPECS["differences"].draw(material), title)
        for arm in ("Synth", "Twin"):
            markers = [line for line in ax.lines if line.get_color() == material.styles[arm].colour]
            assert len(markers) == 2
            for sequence, marker in zip(("t1", "t2"), markers, strict=True):
                test = tests.loc[(structure, sequence, arm)]
                assert marker.get_xdata()[0] == test["difference"]
                assert (to_hex(marker.get_markerfacecolor()) == "#ffffff") == (test["p_holm"] >= 0.05)


def test_shares_of_places_are_percentages_of_the_draws(drawn: Draw):
    ax = panel(drawn("full", "ranking"), "T1")
    cells = np.zeros((6, 6))
    for text in ax.texts:
        cells[int(text.get_position()[1]), int(text.get_position()[0])] = float(text.get_text())
    np.testing.assert_allclose(cells.sum(1), 100, atol=3)
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names[0] == "Mix"
    assert names[-1] == "Real"


def test_rows_of_a_confusion_matrix_are_percentages(drawn: Draw):
    ax = panel(drawn("numbered", "confusion"), "Real")
    cells = {(int(y), int(x)): float(text.get_text()) for text in ax.texts for x, y in [text.get_position()]}
    assert len(ax.get_yticks()) == len(ax.get_xticks()) - 1 == 13
    for row in range(13):
        assert sum(value for (y, _), value in cells.items() if y == row) == pytest.approx(100, abs=1)
        assert cells[row, row + 1] > 70


def test_a_level_that_is_taken_for_another_has_not_its_own_number(materials: dict[str, Material], drawn: Draw):
    material = materials["numbered"]
    lower = [ax for ax in drawn("numbered", "levels").axes if not ax.get_title()]
    found = points(lower[0], material.styles["Synth"].colour)[:, 1]
    assert [text.get_text() for text in lower[0].get_xticklabels()] == ["L5", "L4", "L3", "L2", "L1", "T12"]
    np.testing.assert_allclose(found, [100] * 5 + [0])


def test_levels_that_are_cut_off_have_no_share_of_own_numbers(materials: dict[str, Material], drawn: Draw):
    discs = [ax for ax in drawn("numbered", "levels").axes if not ax.get_title()][1]
    assert [text.get_text() for text in discs.get_xticklabels()][-1] == "T12/L1"
    np.testing.assert_allclose(points(discs, materials["numbered"].styles["Synth"].colour)[:, 1], [100] * 5)


def test_failures_are_shares_of_the_images(materials: dict[str, Material], drawn: Draw):
    material = materials["full"]
    ax = panel(drawn("full", "failures"), "T1")
    modes = [text.get_text() for text in ax.get_yticklabels()]
    assert modes[0] == "border error"
    of_real = points(ax, material.styles["Real"].colour)[:, 0]
    missed = material.failures.query("arm == 'Real' and mode == 'missed structure' and structure == 'any'")
    assert 100 * missed.loc[missed["sequence"] == "t1", "share"].iloc[0] in of_real
    assert of_real.max() <= ax.get_xlim()[1]


def test_a_property_that_no_image_has_is_not_drawn(drawn: Draw):
    labels = " ".join(ax.get_xlabel() for ax in drawn("synthetic", "properties").axes)
    assert "signal-to-noise ratio" in labels
    assert "pfirrmann" not in labels


def test_real_and_synthetic_images_stand_side_by_side(materials: dict[str, Material], drawn: Draw):
    material = materials["synthetic"]
    ax = panel(drawn("synthetic", "reality_gap"), "T1")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["synthetic", "real"]
    means = material.means().query("sequence == 't1' and structure == 'mean' and arm == 'Real'").set_index("condition")
    expected = means.loc[["synthetic", "as acquired"], "mean"]
    np.testing.assert_allclose(points(ax, material.styles["Real"].colour)[:, 1], expected)


def test_a_curve_is_drawn_for_every_training(collected: Callable[..., Collection], tmp_path: Path):
    results = []
    for fold in ("0", "1"):
        write_log(tmp_path / f"model/fold_{fold}", "".join(epoch(k, loss=1 - 0.1 * k) for k in range(5)))
        one = make_results("Real", fold=fold, patients=(f"p0{fold}",))
        results.append(replace(one, run=replace(one.run, model=str(tmp_path / "model"))))
    material = Material(collected(*results))
    ax = panel(SPECS["training"].draw(material), "loss, training")
    assert len(ax.lines) == 2
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [1, 0.9, 0.8, 0.7, 0.6])
    assert "Real 2" in SPECS["training"].caption(material)


def test_images_without_a_known_sequence_have_a_panel(collected: Callable[..., Collection]):
    result = make_results("Real", sequences=("t1",))
    cases = tuple(replace(case, sequence=None) for case in result.cases)
    material = Material(collected(replace(result, cases=cases)))
    assert panel(SPECS["structures"].draw(material), "sequence unknown")
