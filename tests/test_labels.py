"""The label table: every SPIDER value has one class in each scheme, and the classes are nnU-Net's kind of classes."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.labels import (
    CANAL,
    CANAL_VALUE,
    DISC,
    DISC_OFFSET,
    LEVEL_NAMES,
    SCHEMES,
    STRUCTURES,
    UNKNOWN,
    VERTEBRA,
    group_named,
    level_named,
    scheme_of,
)

POLICIES = ("ignore", "background", "merge")
KNOWN = [*range(1, 26), 100, *range(101, 126), *range(201, 226)]


def test_the_table_knows_what_spiders_format_knows():
    assert sorted(STRUCTURES) == KNOWN
    assert [STRUCTURES[v].group for v in (3, CANAL_VALUE, 103, DISC_OFFSET + 3)] == [VERTEBRA, CANAL, VERTEBRA, DISC]
    assert [STRUCTURES[v].level for v in (3, CANAL_VALUE, 103, DISC_OFFSET + 3)] == [3, 0, 3, 3]
    assert [v for v, s in STRUCTURES.items() if s.partial] == list(range(101, 126))


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("policy", POLICIES)
def test_every_value_has_a_declared_class_and_nothing_else_has(name: str, policy: str):
    scheme = scheme_of(name)
    table = scheme.lookup(policy)
    assert table[0] == 0
    assert set(np.flatnonzero(table != UNKNOWN)) == {0, *KNOWN}
    assert set(table[KNOWN].tolist()) <= set(scheme.dataset_labels(policy).values())


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("policy", POLICIES)
def test_classes_follow_each_other_and_ignore_comes_last(name: str, policy: str):
    labels = scheme_of(name).dataset_labels(policy)
    assert list(labels.values()) == list(range(len(labels)))
    assert next(iter(labels)) == "background"
    assert ("ignore" in labels) == (scheme_of(name).numbered and policy == "ignore")


@pytest.mark.parametrize("name", ["4class", "14class"])
def test_a_class_has_the_group_of_its_structures(name: str):
    scheme = scheme_of(name)
    groups = {label.value: label.group for label in scheme.labels}
    for value, label in zip(KNOWN, scheme.lookup("merge")[KNOWN].tolist(), strict=True):
        assert groups[label] == STRUCTURES[value].group


def test_the_fourteen_classes():
    table = scheme_of("14class").lookup("ignore")
    assert table[1:8].tolist() == [1, 2, 3, 4, 5, 6, 14]
    assert table[101:108].tolist() == [1, 2, 3, 4, 5, 6, 14]
    assert table[201:208].tolist() == [7, 8, 9, 10, 11, 12, 14]
    assert table[CANAL_VALUE] == 13
    names = scheme_of("14class").dataset_labels()
    assert (names["vertebra_L5"], names["vertebra_T12"], names["disc_L5_S1"], names["disc_T12_L1"]) == (1, 6, 7, 12)


def test_the_reports_table_on_what_occurs_in_spider():
    table = scheme_of("report-erroneous").lookup("ignore")
    occurring = [*range(1, 10), CANAL_VALUE, *range(201, 210)]
    assert set(table[1:10]) == {13}, "vertebrae become canal"
    assert table[CANAL_VALUE] == 7, "the canal becomes a disc"
    assert table[201:207].tolist() == [1, 2, 3, 4, 5, 6], "discs become vertebrae"
    assert not set(range(8, 13)) & set(table[occurring].tolist()), "five classes stay empty"


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="expected one of 4class, 14class, report-erroneous, got '5class'"):
        scheme_of("5class")
    with pytest.raises(ValueError, match="extra levels: expected ignore, background or merge, got 'drop'"):
        scheme_of("14class").lookup("drop")


def test_names_of_every_scheme_tell_group_and_level():
    for scheme in SCHEMES.values():
        for label in scheme.labels:
            assert group_named(label.name) == label.group
    numbered = {label.name: level_named(label.name) for label in SCHEMES["14class"].labels}
    assert [numbered[f"vertebra_{name}"] for name in LEVEL_NAMES] == [1, 2, 3, 4, 5, 6]
    assert [level for name, level in numbered.items() if name.startswith("disc_")] == [1, 2, 3, 4, 5, 6]
    assert numbered["canal"] is None


@pytest.mark.parametrize(
    ("name", "group", "level"),
    [
        ("disk_L4_L5", DISC, 2),
        ("IVD_L4_L5", DISC, 2),
        ("disc L4/L5", DISC, 2),
        ("disc_L2_L1", DISC, 5),
        ("disc_S1_L5", DISC, 1),
        ("disc_T11_T12", DISC, None),
        ("vertebra_T11", VERTEBRA, None),
        ("vertebra_L6", VERTEBRA, None),
        ("Vertebrae_5", VERTEBRA, None),
        ("L5", VERTEBRA, 1),
        ("l4-l5", DISC, 2),
        ("T12/L1", DISC, 6),
        ("L5_S1", DISC, 1),
        ("S1", None, None),
        ("L1_L2_L3", None, 5),
    ],
)
def test_levels_in_names_of_other_data_sets(name: str, group: str, level: int | None):
    assert (group_named(name), level_named(name)) == (group, level)


@pytest.mark.parametrize(("name", "group"), [("Spinal canal", CANAL), ("Discs", DISC), ("canalis", None)])
def test_names_of_other_data_sets(name: str, group: str | None):
    assert group_named(name) == group
    assert level_named(name) is None
