"""YAML of settings and experiments: mappings that begin with others, and keys that stand once."""

from __future__ import annotations

import pytest

from nnunet_spine.yaml_files import parse_yaml

LADDER = """
first: &first {preset: report, intensity: {mean: 1}}
second: &second {<<: *first, intensity: {mean: 2}, noise: 3}
third: {<<: *second, intensity: {mean: 4}}
"""


def test_a_mapping_may_begin_with_what_another_one_says():
    assert parse_yaml(LADDER, "file") == {
        "first": {"preset": "report", "intensity": {"mean": 1}},
        "second": {"preset": "report", "intensity": {"mean": 2}, "noise": 3},
        "third": {"preset": "report", "intensity": {"mean": 4}, "noise": 3},
    }


@pytest.mark.parametrize("text", ["a: 1\nb: &b [*b]", "a: 1\nb: &b {c: {d: *b}}", "a: 1\nb: &b\n  <<: *b"])
def test_nothing_contains_itself(text: str):
    with pytest.raises(ValueError, match=r"file, line [23]: expected YAML, \*b stands within &b"):
        parse_yaml(text, "file")


def test_a_list_may_stand_in_several_places():
    assert parse_yaml("a: &a [1]\nb: [*a, {c: *a}]", "file") == {"a": [1], "b": [[1], {"c": [1]}]}


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\na: 2", 2), ("b: &b {c: 1}\na:\n  <<: *b\n  d: 1\n  d: 2", 5), ("b: &b {c: 1}\na:\n  <<: *b\n  <<: *b", 4)],
)
def test_a_key_stands_once(text: str, line: int):
    with pytest.raises(ValueError, match=f"file, line {line}: expected YAML, the key .* stands twice"):
        parse_yaml(text, "file")
