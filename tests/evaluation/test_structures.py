"""Which structures a data set has."""

from __future__ import annotations

import pytest

from nnunet_spine.evaluation.structures import ignore_of, names_of_values, structures_of, without_level
from nnunet_spine.labels import CANAL, DISC, VERTEBRA, scheme_of


def names(labels):
    return [one.name for one in structures_of(labels)]


def test_both_schemes_have_the_same_groups():
    four = structures_of(scheme_of("4class").dataset_labels())
    assert [(one.name, one.values, one.group) for one in four] == [
        ("vertebrae", (1,), VERTEBRA),
        ("canal", (2,), CANAL),
        ("discs", (3,), DISC),
        ("foreground", (1, 2, 3), None),
    ]
    fourteen = {one.name: one for one in structures_of(scheme_of("14class").dataset_labels())}
    assert list(fourteen)[-4:] == ["canal", "vertebrae", "discs", "foreground"]
    assert {one.name for one in four} < set(fourteen)
    assert fourteen["vertebrae"].values == tuple(range(1, 7))
    assert fourteen["discs"].values == tuple(range(7, 13))
    assert fourteen["foreground"].values == tuple(range(1, 14))


def test_levels_are_those_of_vertebrae_and_discs():
    levels = {one.name: one.level for one in structures_of(scheme_of("14class").dataset_labels())}
    assert (levels["vertebra_L5"], levels["vertebra_T12"], levels["disc_L5_S1"], levels["disc_T12_L1"]) == (1, 6, 1, 6)
    assert levels["canal"] is levels["vertebrae"] is levels["foreground"] is None
    (nerve,) = structures_of({"background": 0, "nerve_L5": 1})
    assert (nerve.group, nerve.level, nerve.is_instance) == (None, None, False)


def test_numbers_of_no_level_are_told():
    labels = {"background": 0, "vertebra_L5": 1, "vertebra_T11": 2, "disc_7": 3, "discs": [3, 4], "nerve_2": 4}
    assert without_level(labels) == ("vertebra_T11", "disc_7")
    for scheme in ("4class", "14class"):
        assert without_level(scheme_of(scheme).dataset_labels()) == ()


def test_ignore_is_no_structure():
    labels = scheme_of("14class").dataset_labels("ignore")
    assert ignore_of(labels) == 14
    assert "ignore" not in names(labels)
    assert all(14 not in one.values for one in structures_of(labels))
    assert 14 not in names_of_values(labels)
    assert ignore_of(scheme_of("4class").dataset_labels()) is None


def test_one_label_makes_no_group():
    assert names({"background": 0, "vertebra": 1}) == ["vertebra"]
    assert names({"background": 0, "vertebra": 1, "disc": 2}) == ["vertebra", "disc", "foreground"]


def test_a_label_keeps_the_name_of_a_group():
    labels = {"background": 0, "vertebrae": (1, 2), "vertebra_L5": 1, "vertebra_L4": 2, "foreground": 1}
    assert names(labels) == ["vertebrae", "vertebra_L5", "vertebra_L4", "foreground"]


def test_several_canals_make_one():
    assert names({"background": 0, "canal_upper": 1, "canal_lower": 2}) == [
        "canal_upper",
        "canal_lower",
        "canal",
        "foreground",
    ]


def test_regions_make_no_group_but_the_foreground():
    found = structures_of({"background": 0, "spine": [1, 2, 3], "discs": [3], "canal": 2})
    assert [(one.name, one.values) for one in found] == [
        ("spine", (1, 2, 3)),
        ("discs", (3,)),
        ("canal", (2,)),
        ("foreground", (1, 2, 3)),
    ]


def test_values_are_named_by_the_label_that_has_them_alone():
    named = names_of_values({"background": 0, "spine": [1, 2, 3], "canal": 2, "ignore": 4})
    assert named == {0: "background", 1: "1", 2: "canal", 3: "3"}
    assert names_of_values({"disc": 2}) == {0: "background", 2: "disc"}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, "at least one"),
        ({"background": 0, "ignore": 1}, "at least one"),
        ({"0": "background", "1": "disc"}, "whole number from 1 for '0'"),
        ({"background": 0, "disc": 0}, "whole number from 1 for 'disc', or several, got 0"),
        ({"background": 0, "disc": []}, "for 'disc'"),
        ({"background": 0, "disc": [1, 0]}, "for 'disc'"),
        ({"background": 0, "disc": 1.0}, "for 'disc'"),
        ({"background": 0, "disc": True}, "for 'disc'"),
        ({"background": 0, "disc": 1, "ignore": [2]}, "for 'ignore'"),
        ({"background": 1, "disc": 2}, "expected 0 for the background, got 1"),
    ],
)
def test_what_nnunet_does_not_define_is_refused(labels, expected):
    with pytest.raises(ValueError, match=expected):
        structures_of(labels)
