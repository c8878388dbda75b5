"""What figures are tried on: studies of several sizes, their statistics made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.figure import Figure

from nnunet_spine.comparison.figures import FIGURES, Material
from nnunet_spine.comparison.reading.collect import Collection, collect

from ..example import make_results, write_all

LONG = "nnUNetTrainer{}SpineReportUNetOneCycle_10x50iter"
EIGHT = tuple(LONG.format(name) for name in ("Real", "Synth", "Mix", "FineTune", "Tversky", "Focal", "Paper", "Other"))

UNLIKE = (
    "nnUNetTrainerRealSpineReportUNetFocalTverskyOneCycle_10x100iter",
    "nnUNetTrainerSynthSpineAttentionUNetBoundaryNoMirroring_1000epochs",
    "nnUNetTrainerMixSpineReportUNetFineTune_2patients_4x20iter, second try",
)
FEW = ("p00", "p01", "p02", "p03")

Draw = Callable[[str, str], Figure]


@pytest.fixture(scope="session")
def materials(full: Collection, numbered: Collection, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Material]:
    """By name."""

    def collected(name: str, *results: object) -> Collection:
        return collect([write_all(tmp_path_factory.mktemp(name), results)])

    eight = [make_results(arm, scheme="14class", patients=FEW) for arm in EIGHT]
    synthetic = [
        make_results(arm, condition=condition)
        for arm in ("Real", "Synth")
        for condition in ("as acquired", "synthetic")
    ]
    return {
        "full": Material(full),
        "numbered": Material(numbered),
        "eight arms": Material(collected("eight", *eight)),
        "long names": Material(collected("long", *(make_results(arm, patients=FEW) for arm in UNLIKE))),
        "one patient": Material(collected("patient", *(make_results(arm, patients=("p00",)) for arm in EIGHT[:2]))),
        "one image": Material(collected("image", make_results("Real", patients=("p00",), sequences=("t1",)))),
        "synthetic": Material(collected("synthetic", *synthetic)),
        "distance": Material(full, primary="hd95_mm_penalised", baseline="Mix"),
    }


@pytest.fixture(scope="session")
def drawn(materials: dict[str, Material]) -> Draw:
    """Draws a figure of a study by their names, once for all tests."""
    specs = {spec.key: spec for spec in FIGURES}
    figures: dict[tuple[str, str], Figure] = {}

    def draw(study: str, key: str) -> Figure:
        if (study, key) not in figures:
            figure = specs[key].draw(materials[study])
            assert figure is not None
            figures[study, key] = figure
        return figures[study, key]

    return draw
