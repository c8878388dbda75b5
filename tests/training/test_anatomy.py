import pytest

from nnunet_spine.labels import SCHEMES
from nnunet_spine.training.anatomy import describe_tissues, mirror_axes, tissues_of_labels


def test_levels_share_a_tissue_and_background_and_ignore_have_none():
    tissues = tissues_of_labels(SCHEMES["14class"].dataset_labels("ignore"))
    assert tissues == (0, *[1] * 6, *[3] * 6, 2, 0)
    assert tissues_of_labels(SCHEMES["4class"].dataset_labels()) == (0, 1, 2, 3)


def test_other_structures_are_tissues_of_their_own():
    tissues = tissues_of_labels({"background": 0, "sacrum": 1, "vertebrae": 2, "cord": 3})
    assert tissues[0] == 0
    assert tissues[2] == 1
    assert len({*tissues}) == 4


def test_a_tissue_is_known_by_a_whole_word():
    names = {"background": 0, "spinal_canal": 1, "vertebral_artery": 2, "Disc L4/5": 3, "discography": 4}
    background, canal, artery, disc, other = tissues_of_labels(names)
    assert (background, canal, disc) == (0, 2, 3)
    assert len({background, canal, artery, disc, other, 1}) == 6


def test_regions_do_not_hide_the_values_they_are_made_of():
    tissues = tissues_of_labels({"background": 0, "whole": [1, 2], "vertebrae": 2})
    assert len(tissues) == 3
    assert tissues[2] == 1
    assert tissues[1] not in (0, 1)


def test_a_region_of_one_value_names_it_and_levels_name_vertebrae_and_discs():
    tissues = tissues_of_labels({"background": 0, "spine": [1, 2, 3], "L5": [1], "L5-S1": 2, "spinal canal": (3,)})
    assert tissues == (0, 1, 3, 2)


def test_the_log_says_which_structures_are_not_known_by_their_names():
    assert describe_tissues(tissues_of_labels(SCHEMES["14class"].dataset_labels("ignore"))) == (
        "vertebra: 1, 2, 3, 4, 5, 6, canal: 13, disc: 7, 8, 9, 10, 11, 12"
    )
    assert describe_tissues(tissues_of_labels({"background": 0, "bone": 1, "IVD": 2})) == (
        "vertebra: none, canal: none, disc: 2, structures of another name: 1"
    )


def test_no_labels_are_refused():
    with pytest.raises(ValueError, match="labels"):
        tissues_of_labels({})


@pytest.mark.parametrize(
    ("reader", "transpose", "dim", "axes"),
    [
        ("NibabelIOWithReorient", (2, 0, 1), 2, None),
        ("NibabelIOWithReorient", (2, 0, 1), 3, (0,)),
        ("NibabelIOWithReorient", (0, 1, 2), 2, (1,)),
        ("NibabelIOWithReorient", (0, 1, 2), 3, (2,)),
        ("SimpleITKIO", (0, 1, 2), 3, None),
        (None, (0, 1, 2), 3, None),
    ],
)
def test_only_left_and_right_are_mirrored(reader, transpose, dim, axes):
    assert mirror_axes(reader, transpose, dim) == axes
