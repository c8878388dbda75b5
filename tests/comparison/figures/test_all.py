"""What holds for every figure, whatever the study."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import matplotlib
import pytest

from nnunet_spine.comparison.figures import FIGURES, Material, svg

from .conftest import Draw

pytestmark = pytest.mark.filterwarnings("error")

SHOWN = {
    "full": "structures differences ranking contrast robustness few_shot confusion failures properties",
    "numbered": "structures levels confusion",
    "eight arms": "structures differences ranking contrast levels confusion properties",
    "long names": "differences ranking confusion properties",
    "one patient": "structures differences ranking contrast confusion",
    "one image": "structures confusion failures",
    "synthetic": "structures differences ranking contrast reality_gap confusion failures properties",
    "distance": "differences contrast robustness few_shot",
}
"""What a study is drawn as."""

PARTIAL = {"numbered", "long names", "distance"}
"""Studies that have other figures too, in which nothing is new."""

OF_THE_METRIC = {
    "structures",
    "differences",
    "contrast",
    "reality_gap",
    "robustness",
    "few_shot",
    "levels",
    "properties",
}
SPECS = {spec.key: spec for spec in FIGURES}
CASES = [(study, key) for study, keys in SHOWN.items() for key in keys.split()]
ABSENT = [(study, key) for study in SHOWN for key in SPECS if (study, key) not in CASES and study not in PARTIAL]
ONCE = list({key: study for study, key in reversed(CASES)}.items())
"""A study for every figure."""


def texts_of(element: str) -> str:
    return "\n".join("".join(one.itertext()) for one in ET.fromstring(element).iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize(("study", "key"), ABSENT)
def test_a_study_without_rows_for_a_figure_has_none(materials: dict[str, Material], study: str, key: str):
    assert SPECS[key].draw(materials[study]) is None


@pytest.mark.parametrize(("study", "key"), CASES)
class TestShown:
    def test_text_stays_text_and_names_metric_and_unit(
        self, materials: dict[str, Material], drawn: Draw, study: str, key: str
    ):
        metric = materials[study].measure.metric
        texts = texts_of(svg(drawn(study, key), key))
        assert metric.name in texts if key in OF_THE_METRIC else "%" in texts
        assert f"({metric.unit})" in texts or not metric.unit

    def test_nothing_lies_outside_the_figure(self, drawn: Draw, study: str, key: str):
        figure = drawn(study, key)
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0

    def test_panels_and_legend_do_not_lie_on_each_other(self, drawn: Draw, study: str, key: str):
        figure = drawn(study, key)
        boxes = [ax.get_tightbbox() for ax in figure.axes if ax.axison and ax.get_visible()]
        boxes += [legend.get_window_extent() for legend in figure.legends]
        for k, box in enumerate(boxes):
            assert not any(box.padded(-2).overlaps(other) for other in boxes[:k])

    def test_the_caption_counts(self, materials: dict[str, Material], study: str, key: str):
        caption = SPECS[key].caption(materials[study])
        assert any(letter.isdigit() for letter in caption)
        assert caption.endswith(".")
        assert "nan" not in caption.split()


@pytest.mark.parametrize(("key", "study"), ONCE)
def test_every_call_gives_the_same(materials: dict[str, Material], drawn: Draw, key: str, study: str):
    spec, figure = SPECS[key], drawn(study, key)
    element = svg(figure, key, spec.title)
    figure.savefig(io.BytesIO(), format="png", dpi=50)
    assert svg(figure, key, spec.title) == element
    assert svg(spec.draw(materials[study]), key, spec.title) == element


@pytest.mark.parametrize(
    ("study", "key"), [(study, key) for study, key in CASES if key in OF_THE_METRIC and study != "one image"]
)
def test_every_arm_is_in_the_legend_once(materials: dict[str, Material], drawn: Draw, study: str, key: str):
    material, (legend,) = materials[study], drawn(study, key).legends
    arms = [arm for arm in material.collection.arms if key != "differences" or arm != material.reference_arm]
    # The series that has several numbers of patients is no arm, and was not tested on images made worse.
    arms = [arm for arm in arms if key not in ("few_shot", "robustness") or not arm.startswith("Shot")]
    names = [material.styles[arm].name for arm in arms] + ["Shot"] * (key == "few_shot")
    assert sorted(text.get_text() for text in legend.get_texts()) == sorted(names)


def test_drawing_leaves_the_settings_of_others_alone(materials: dict[str, Material]):
    before = dict(matplotlib.rcParams)
    svg(SPECS["structures"].draw(materials["one image"]), "structures")
    assert dict(matplotlib.rcParams) == before


def test_figures_of_one_page_share_no_ids(drawn: Draw):
    elements = [svg(drawn("full", key), key) for key in ("structures", "contrast", "robustness")]
    ids = [[one.get("id") for one in ET.fromstring(element).iter() if one.get("id")] for element in elements]
    assert all(len(one) > 10 for one in ids)
    assert len({one for some in ids for one in some}) == sum(len(set(some)) for some in ids)


def test_keys_are_fit_for_files_and_anchors():
    assert len(SPECS) == len(FIGURES)
    assert all(key.isidentifier() and spec.title for key, spec in SPECS.items())
