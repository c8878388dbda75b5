"""Chosen slices: which they are, that both sides are cut alike, and that their scores stay apart from others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine.cli import main
from nnunet_spine.comparison.reading.collect import collect
from nnunet_spine.comparison.statistics.ranking import ranking
from nnunet_spine.comparison.statistics.robustness import robustness
from nnunet_spine.dataset_conversion.trim import lateral_range
from nnunet_spine.evaluation.arm import ArmOptions
from nnunet_spine.evaluation.case import score_case
from nnunet_spine.evaluation.condition import Condition
from nnunet_spine.evaluation.results import read_results
from nnunet_spine.evaluation.slices import RULES, Slices
from nnunet_spine.evaluation.structures import structures_of
from nnunet_spine.labels import scheme_of

from .conftest import LABELS, SHAPE, SPACING_MM, Study, label_map


def volume(*slices: str) -> np.ndarray:
    """A label map of sagittal slices, each given by the labels that it shows."""
    return np.array([[[int(value) for value in one.ljust(4, "0")]] for one in slices])


def chosen(text: str, reference: np.ndarray, spacing_mm: float = 1.0, labels: dict[str, int] = LABELS) -> list[int]:
    slab = Slices.parse(text).slab(reference, (spacing_mm, 1.0, 1.0), structures_of(labels))
    return list(range(len(reference)))[slab]


def test_all_leaves_nothing_out():
    assert chosen("all", volume("0", "123", "0")) == [0, 1, 2]


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        (("0", "1", "123", "123", "12", "0"), [2, 3]),
        (("123", "12", "123", "1"), [0, 1, 2]),  # a slab, as a person chooses one: the gap belongs to it
        (("1", "13", "31", "2", "0"), [0, 1, 2, 3, 4]),  # nowhere all three: nothing can be chosen by it
    ],
)
def test_complete_slices_show_all_groups(slices: tuple[str, ...], expected: list[int]):
    assert chosen("complete", volume(*slices)) == expected


def test_slices_that_are_nearly_all_background_are_not_complete():
    reference = np.zeros((3, 10, 30), int)
    reference[:, 0, :3] = 1, 2, 3
    reference[1, 0, 3:] = 1
    assert chosen("complete", reference) == [0, 1, 2]
    assert chosen("complete", np.pad(reference, [(0, 0), (0, 1), (0, 0)])) == [1]


def test_complete_slices_are_those_that_training_keeps():
    """Of SPIDER's values as of the four classes that they become."""
    rng, table = np.random.default_rng(0), np.zeros(256, int)
    table[[1, 5, 100, 201, 205]] = 1, 1, 2, 3, 3
    for _ in range(20):
        values = np.where(rng.random((9, 20, 20)) < 0.01, rng.choice([1, 5, 100, 201, 205], (9, 20, 20)), 0)
        counts = np.array([np.bincount(one.ravel(), minlength=256) * (np.arange(256) > 0) for one in values])
        first, end = lateral_range(counts, 400)
        assert chosen("complete", table[values]) == list(range(first, end))


def test_levels_are_one_group():
    """A slice with one vertebra, one disc and the canal is complete, whatever other levels there are."""
    labels = {"background": 0, **{one.name: one.value for one in scheme_of("14class").labels}}
    first = [labels[name] for name in ("vertebra_L5", "disc_L5_S1", "canal")]
    second = [labels[name] for name in ("vertebra_L5", "vertebra_L4", "disc_L5_S1")]
    reference = np.array([[second], [first], [second]])
    assert chosen("complete", reference, labels=labels) == [1]


def test_other_labels_need_not_be_on_complete_slices():
    reference = volume("12", "123", "1234", "123", "1")
    assert chosen("complete", reference, labels={**LABELS, "sacrum": 4}) == [1, 2, 3]
    assert chosen("complete", reference, labels={"background": 0, "rib": [1, 2, 3], "sacrum": 4}) == [2]


@pytest.mark.parametrize(
    ("width", "count", "spacing_mm", "expected"),
    [
        (20, 9, 4.0, [2, 3, 4, 5, 6]),  # 0, 4 and 8 mm from the middle
        (20, 8, 4.0, [1, 2, 3, 4, 5, 6]),  # 2, 6 and 10 mm
        (1, 9, 4.0, [4]),
        (1, 8, 4.0, [3, 4]),
        (500, 3, 4.0, [0, 1, 2]),
        (0.3, 5, 0.1, [1, 2, 3]),  # rounding loses no slice
    ],
)
def test_central_slices_lie_around_the_middle(width: float, count: int, spacing_mm: float, expected: list[int]):
    assert chosen(f"central={width}", volume(*["0"] * count), spacing_mm) == expected


@pytest.mark.parametrize(
    "text", ["some", "central", "central=0", "central=-3", "central=nan", "all=3", "central=x", ""]
)
def test_what_selects_nothing_is_refused(text: str):
    with pytest.raises(ValueError, match=r"expected (all, complete or central=MM|a width)"):
        Slices.parse(text)


def test_a_selection_is_written_as_it_is_read():
    for text in ("all", "complete", "central=19.5"):
        assert str(Slices.parse(text)) == text
    assert {Slices.parse(text).rule for text in ("all", "complete", "central=1")} == RULES.keys()


@pytest.fixture
def one_case(study: Study) -> Study:
    """A case whose outer slices show no canal, and whose prediction is wrong there only, by a false disc."""
    reference = label_map()
    reference[[0, -1]] = np.where(reference[[0, -1]] == 2, 0, reference[[0, -1]])
    prediction = label_map(1)
    prediction[0, :, 0] = 3
    study.add("1_t1", prediction, reference)
    return study


def test_scores_are_those_of_the_cut_volumes(one_case: Study):
    reference = label_map()[1:-1]
    expected = score_case(reference, label_map(1)[1:-1], SPACING_MM, LABELS)
    row = one_case.evaluate(slices=Slices("complete")).cases[0]
    assert row.structures == expected.structures
    assert (row.confusion, row.shape) == (expected.confusion, SHAPE)


def test_failures_keep_the_slice_of_the_whole_volume(study: Study):
    """The vertebra is missed; slice 2 has most of it."""
    reference = label_map()
    reference[[0, 1, 3], 8:14] = 0
    study.add("1_t1", np.where(reference == 1, 0, reference), reference)
    for slices in (Slices(), Slices("central", 4.0)):
        failures = study.evaluate(slices=slices).cases[0].failures
        assert [one.slice for one in failures if one.mode == "missed structure"] == [2]


def test_other_slices_are_scored_again(study: Study):
    study.add("1_t1", np.where(np.arange(4)[:, None, None] < 1, 0, label_map()))
    whole = study.evaluate().cases[0].structures[0].dice
    cut = study.evaluate(slices=Slices("central", 8.0)).cases[0].structures[0].dice
    assert whole < cut == 1.0


def test_slices_are_a_condition_of_their_own(study: Study):
    run = study.evaluate(slices=Slices("central", 8.0)).run
    assert (run.slices, run.condition, run.level) == ("central=8", "central 8 mm", None)
    study.output.unlink()
    run = study.evaluate(ArmOptions(condition=Condition("noise", 0.1)), slices=Slices("complete")).run
    assert (run.slices, run.condition, run.level) == ("complete", "noise, complete slices", 0.1)


def test_chosen_slices_are_not_forgotten(study: Study):
    study.evaluate(slices=Slices("central", 8.0))
    before = study.output.read_bytes()
    with pytest.raises(ValueError, match=r"holds the results of chosen slices; say --slices central=8 again, or"):
        study.evaluate()
    assert study.output.read_bytes() == before


@pytest.mark.parametrize("now", ["complete", "all", "central=8"])
def test_a_condition_of_chosen_slices_is_not_forgotten(now: str, study: Study):
    (study.images / "degradation.json").write_text(json.dumps({"condition": "noise", "level": 0.1}))
    study.evaluate(images=True, slices=Slices("complete"))
    before = study.output.read_bytes()
    with pytest.raises(ValueError, match=r"--output: .* images noise 0\.1, and nothing says so now"):
        study.evaluate(slices=Slices.parse(now))
    assert study.output.read_bytes() == before


def test_a_comparison_shows_them_beside_whole_volumes_and_mixes_nothing(study: Study):
    outputs = []
    for text in ("all", "complete", "central=8"):
        study.output = study.root / f"{text}.jsonl"
        study.evaluate(slices=Slices.parse(text))
        outputs.append(study.output)
    collection = collect(outputs)
    assert set(ranking(collection)["condition"]) == {"as acquired", "complete slices", "central 8 mm"}
    assert robustness(collection).empty


def test_older_results_are_of_all_slices(study: Study):
    study.evaluate()
    first, *rest = study.output.read_text().splitlines()
    older = {name: value for name, value in json.loads(first).items() if name != "slices"}
    study.output.write_text("\n".join([json.dumps(older), *rest]))
    assert read_results(study.output).run.slices == "all"


def test_the_command_takes_them(study: Study, capsys: pytest.CaptureFixture[str]):
    folders = ["--reference", study.reference, "--prediction", study.prediction, "--output", study.output]
    command = ["evaluate", *map(str, folders), "--processes", "1", "--slices"]
    assert main([*command, "complete"]) == 0
    assert "images complete slices" in capsys.readouterr().out
    assert main([*command, "some"]) == 2
    assert "slices: expected all, complete or central=MM, got 'some'" in capsys.readouterr().err
    assert Path(study.output).is_file()
