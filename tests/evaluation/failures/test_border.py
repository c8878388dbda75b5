"""Border error."""

import pytest

from nnunet_spine.evaluation.failures.matching import match_pieces
from nnunet_spine.labels import CANAL, DISC, VERTEBRA

from .drawing import SPACING_MM, Drawing


def wider(spine: Drawing, mm: int):
    """The canal grows to the back, between posterior elements."""
    prediction = spine.labels()
    grown = prediction[:, 32 - mm : 32, 12:108]
    grown[grown == 0] = spine.value(CANAL)
    return prediction


def test_a_canal_that_is_much_too_wide(spine: Drawing):
    (failure,) = spine.failures(wider(spine, 6))
    assert (failure.mode, failure.structure, failure.unit) == ("border error", "canal", "mm")
    assert failure.amount == pytest.approx(6)


def test_a_canal_that_is_a_little_too_wide(spine: Drawing):
    assert spine.modes(wider(spine, 4)) == []


def test_a_thick_slice_too_many_is_no_error(spine: Drawing):
    reference = spine.labels()
    reference[-1] = 0
    assert spine.modes(spine.labels(), reference, spacing_mm=(5.0, 1.0, 1.0)) == []


def test_other_failures_of_the_structure_explain_it(spine: Drawing):
    prediction = wider(spine, 6)
    prediction[spine.canal()][:, :, 40:50] = 0
    prediction[:, 26:32, 40:80][prediction[:, 26:32, 40:80] == spine.value(CANAL)] = 0
    assert spine.modes(prediction) == ["canal broken"]


def test_other_structures_do_not(spine: Drawing):
    prediction = wider(spine, 6)
    prediction[spine.disc(2)] = 0
    assert spine.modes(prediction) == ["missed structure", "border error"]


def cut_off_canal(spine: Drawing):
    """The upper fifth of the canal is not predicted."""
    prediction = spine.labels()
    prediction[spine.canal()][:, :, 78:] = 0
    return prediction


def test_a_level_shift_elsewhere_does_not_explain_it(levels: Drawing):
    """Vertebra and disc together are told as `foreground`, and are two structures of it nevertheless."""
    alone = levels.failures(cut_off_canal(levels))
    assert [(failure.mode, failure.structure) for failure in alone] == [("border error", "canal")]
    prediction = cut_off_canal(levels)
    for group in (VERTEBRA, DISC):
        prediction[prediction == levels.value(group, 4)] = levels.value(group, 5)
    failures = levels.failures(prediction)
    assert [(failure.mode, failure.structure) for failure in failures] == [
        ("level shift", "foreground"),
        ("border error", "canal"),
    ]


def test_merged_vertebrae_explain_no_border_of_another_one(levels: Drawing):
    prediction = levels.labels()
    prediction[:, 61:66, 38:44] = levels.value(VERTEBRA, 2)
    prediction[levels.body(1)][:, :, 5:] = levels.value(VERTEBRA, 2)
    prediction[:, 66:76, levels.body(4)[2]] = levels.value(VERTEBRA, 4)
    failures = {failure.mode: failure.structure for failure in levels.failures(prediction)}
    assert failures["merged vertebrae"] == "vertebrae"
    assert failures["border error"] == levels.name(VERTEBRA, 4)


@pytest.mark.parametrize("thickness_mm", [1.0, 3.0, 5.0, 9.6])
def test_an_error_within_the_slice_counts_whatever_the_thickness(spine: Drawing, thickness_mm: float):
    for mm, modes in ((4, []), (6, ["border error"])):
        assert spine.modes(wider(spine, mm), spacing_mm=(thickness_mm, 1.0, 1.0)) == modes


def test_the_amount_is_hd95_of_the_scores(spine: Drawing):
    """With thick slices too, which the threshold takes for thinner ones."""
    reference = spine.labels()
    reference[-2:] = 0
    failures = spine.failures(spine.labels(), reference, spacing_mm=(9.6, 1.0, 1.0))
    assert {failure.amount for failure in failures if failure.mode == "border error"} == {19.2}


@pytest.mark.parametrize(("slices", "cut"), [(1, 1), (5, 3)])
def test_what_lies_in_one_slice_of_several_is_not_cut_to_a_single_slice(spine: Drawing, slices: int, cut: int):
    """All its voxels are surface, other than in a single slice."""
    reference = spine.labels()[:slices]
    reference[: slices // 2] = reference[slices // 2 + 1 :] = 0
    assert match_pieces(reference, reference, SPACING_MM, spine.structures).reference.ids.shape[0] == cut
