"""All scores of one case."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from nnunet_spine.evaluation import pair as pair_module
from nnunet_spine.evaluation.case import CaseScores, score_case
from nnunet_spine.evaluation.records import CaseRecord, StructureRecord, case_from_plain, to_plain
from nnunet_spine.evaluation.surface import surface_distances
from nnunet_spine.labels import scheme_of

LABELS = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3, "ignore": 4}
SPACING_MM = (4.0, 1.0, 0.5)
OVERLAPS = ("dice", "iou", "precision", "recall", "nsd")
DISTANCES = ("hd95_mm", "hd_mm", "assd_mm")


def cuboids(seed: int = 0, shape: tuple[int, ...] = (6, 12, 15), values: int = 3) -> np.ndarray:
    """A label map with a cuboid for each value."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.uint8)
    for value in range(1, values + 1):
        first = [rng.integers(0, max(n - 2, 1)) for n in shape]
        labels[tuple(slice(k, k + rng.integers(2, 6)) for k in first)] = value
    return labels


def by_name(scores: CaseScores) -> dict[str, StructureRecord]:
    return {one.structure: one for one in scores.structures}


def test_a_prediction_like_its_reference_is_perfect():
    reference = cuboids()
    scores = score_case(reference, reference, SPACING_MM, LABELS)
    assert [one.structure for one in scores.structures] == ["vertebrae", "canal", "discs", "foreground"]
    for one in scores.structures:
        assert one.outcome == "scored"
        assert [getattr(one, key) for key in OVERLAPS] == [1] * 5
        assert [getattr(one, key) for key in DISTANCES] == [0] * 3


def test_structures_are_measured_as_whole_masks():
    """The cut to the joint box changes nothing, in the middle of the image or at its ends."""
    for seed in range(5):
        reference, prediction = cuboids(seed), np.roll(cuboids(seed), 1, axis=(1, 2))
        for name, one in by_name(score_case(reference, prediction, SPACING_MM, LABELS, 1.2)).items():
            values = {"vertebrae": [1], "canal": [2], "discs": [3], "foreground": [1, 2, 3]}[name]
            first, second = np.isin(reference, values), np.isin(prediction, values)
            whole = surface_distances(first, second, SPACING_MM)
            assert one.dice == pytest.approx(2 * (first & second).sum() / (first.sum() + second.sum()))
            assert (one.hd_mm, one.hd95_mm) == pytest.approx((whole.hd_mm, whole.hd95_mm))
            assert (one.assd_mm, one.nsd) == pytest.approx((whole.assd_mm, whole.nsd(1.2)))
            assert one.reference_ml == pytest.approx(first.sum() * 2 / 1000)
            assert one.prediction_ml == pytest.approx(second.sum() * 2 / 1000)


def test_empty_cases_are_told_apart():
    reference, prediction = np.zeros((2, 4, 5, 6), np.uint8)
    reference[1:3, 1:3, 1:3] = 1
    prediction[1:3, 1:3, 1:3] = 2
    found = by_name(score_case(reference, prediction, SPACING_MM, LABELS))
    assert {name: one.outcome for name, one in found.items()} == {
        "vertebrae": "missed",
        "canal": "false_positive",
        "discs": "absent",
        "foreground": "scored",
    }
    assert [getattr(found["vertebrae"], key) for key in OVERLAPS] == [0] * 5
    assert all(math.isnan(getattr(found["vertebrae"], key)) for key in DISTANCES)
    for name in ("canal", "discs"):
        assert all(math.isnan(getattr(found[name], key)) for key in OVERLAPS + DISTANCES)
    volumes = {name: (one.reference_ml, one.prediction_ml) for name, one in found.items()}
    assert volumes["vertebrae"] == (pytest.approx(0.016), 0)
    assert volumes["canal"] == (0, pytest.approx(0.016))
    assert volumes["discs"] == (0, 0)


def test_ignored_voxels_are_out_of_both():
    reference, prediction = cuboids(1), cuboids(2)
    ignored = np.zeros(reference.shape, bool)
    ignored[:, :5] = True
    scores = score_case(np.where(ignored, 4, reference), prediction, SPACING_MM, LABELS)
    cleared = [np.where(ignored, 0, one) for one in (reference, prediction)]
    expected = score_case(*cleared, SPACING_MM, LABELS)
    assert _rows(scores) == _rows(expected)
    assert np.sum(scores.confusion) == (~ignored).sum()
    assert scores.confusion_labels == ("background", "vertebrae", "canal", "discs")


def test_a_reference_with_ignored_voxels_agrees_with_itself():
    reference = cuboids()
    reference[:, :3] = 4
    assert all(one.dice == 1 for one in score_case(reference, reference, SPACING_MM, LABELS).structures)


def test_confusion_is_by_value():
    reference, prediction = np.zeros((2, 1, 1, 4), np.uint8)
    reference[0, 0], prediction[0, 0] = [1, 1, 2, 0], [1, 3, 2, 2]
    scores = score_case(reference, prediction, SPACING_MM, {"background": 0, "spine": [1, 2, 3], "discs": 3})
    assert scores.confusion_labels == ("background", "1", "2", "discs")
    assert scores.confusion == ((0, 0, 1, 0), (0, 1, 0, 1), (0, 0, 1, 0), (0, 0, 0, 0))


def test_regions_are_scored_as_what_they_cover():
    reference, prediction = cuboids(1), cuboids(2)
    labels = {"background": 0, "spine": [1, 2, 3], "soft": [2, 3]}
    found = by_name(score_case(reference, prediction, SPACING_MM, labels))
    masks = [np.isin(one, [2, 3]).astype(np.uint8) for one in (reference, prediction)]
    (alone,) = score_case(*masks, SPACING_MM, {"soft": 1}).structures
    assert found["soft"] == alone


def test_a_single_slice_is_flat():
    reference, prediction = cuboids(0, (1, 12, 15)), cuboids(1, (1, 12, 15))
    thin, thick = (_rows(score_case(reference, prediction, (mm, 1, 1), LABELS)) for mm in (1, 9))
    volumes = {"reference_ml", "prediction_ml"}
    assert [{k: v for k, v in row.items() if k not in volumes} for row in thin] == [
        {k: v for k, v in row.items() if k not in volumes} for row in thick
    ]


def test_a_structure_of_one_slice_in_a_volume_is_not_flat():
    """A plate one voxel thick is all surface; in a flat image its inside would not be."""
    reference, prediction = np.zeros((2, 5, 9, 9), np.uint8)
    reference[2, 2:7, 2:7] = prediction[2, 2:7, 2:7] = 1
    prediction[2, 4, 4] = 0
    one = by_name(score_case(reference, prediction, (4, 1, 1), LABELS))["vertebrae"]
    assert one.assd_mm == pytest.approx(1 / (25 + 24))


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64, np.int64])
def test_type_of_the_label_maps_does_not_matter(dtype):
    reference, prediction = cuboids(1), cuboids(2)
    scores = score_case(reference.astype(dtype), np.asfortranarray(prediction.astype(dtype)), SPACING_MM, LABELS)
    assert _rows(scores) == _rows(score_case(reference, prediction, SPACING_MM, LABELS))


def test_arrays_are_left_as_they_are():
    reference, prediction = cuboids(1), cuboids(2)
    reference[:, :3] = 4
    copies = reference.copy(), prediction.copy()
    score_case(reference, prediction, SPACING_MM, LABELS)
    assert np.array_equal(reference, copies[0])
    assert np.array_equal(prediction, copies[1])


def test_instances_and_structures_measure_distances_once(monkeypatch: pytest.MonkeyPatch):
    measured = []

    def counted(*args: object):
        measured.append(args)
        return surface_distances(*args)

    monkeypatch.setattr(pair_module, "surface_distances", counted)
    reference = np.zeros((3, 4, 15), np.uint8)
    for value in range(1, 14):
        reference[:, 1:3, value] = value
    scores = score_case(reference, reference, SPACING_MM, scheme_of("14class").dataset_labels())
    assert len(scores.instances) == 12
    assert len(scores.structures) == len(measured) == 13 + 3
    own = by_name(scores)
    assert all(one.assd_mm == own[one.structure].assd_mm for one in scores.instances)


def test_scores_fit_into_a_row_of_a_file():
    scores = score_case(cuboids(1), cuboids(2), SPACING_MM, LABELS)
    record = CaseRecord("1_t1", "1", "t1", (6, 12, 15), SPACING_MM, 1.0, **vars(scores))
    assert case_from_plain(json.loads(json.dumps(to_plain(record)))) == record


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"prediction": np.zeros((2, 3, 5))}, r"same three axes, got shapes \(2, 3, 4\) and \(2, 3, 5\)"),
        ({"reference": np.zeros((3, 4)), "prediction": np.zeros((3, 4))}, "same three axes"),
        ({"reference": np.zeros((3, 4, 0)), "prediction": np.zeros((3, 4, 0))}, "same three axes"),
        ({"spacing_mm": (1, 1)}, r"spacing: expected three edges of a voxel in mm, got \(1, 1\)"),
        ({"spacing_mm": (1, 1, 0)}, "spacing: expected"),
        ({"spacing_mm": (1, 1, math.nan)}, "spacing: expected"),
        ({"tolerance_mm": 0}, "tolerance: expected mm above 0, got 0"),
        ({"tolerance_mm": math.nan}, "tolerance: expected"),
        ({"reference": np.full((2, 3, 4), 5)}, "reference: expected labels from 0 to 4, got 5"),
        ({"prediction": np.full((2, 3, 4), 0.5)}, "prediction: expected whole numbers, got 0.5"),
        ({"prediction": np.full((2, 3, 4), 4)}, r"prediction: expected the labels 0, 1, 2, 3, got \[4\] too"),
        ({"labels": {"discs": 3}, "reference": np.full((2, 3, 4), 2)}, r"reference: .* 0, 3, got \[2\] too"),
        ({"labels": {}}, "at least one"),
    ],
)
def test_what_cannot_be_scored_is_refused(change, expected):
    arguments = {
        "reference": np.zeros((2, 3, 4)),
        "prediction": np.zeros((2, 3, 4)),
        "spacing_mm": (1, 1, 1),
        "labels": LABELS,
    }
    with pytest.raises(ValueError, match=expected):
        score_case(**arguments | change)


def _rows(scores: CaseScores) -> list[dict[str, object]]:
    """Scores that can be compared: NaN equals NaN."""
    return [{k: "NaN" if v != v else v for k, v in asdict(one).items()} for one in scores.structures]
