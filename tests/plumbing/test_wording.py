"""Texts of messages."""

import pytest

from nnunet_spine.plumbing.wording import listed


@pytest.mark.parametrize(
    ("names", "text"), [("", ""), ("a", "a"), ("ab", "a, b"), ("abc", "a, b and 1 more"), ("abcde", "a, b and 3 more")]
)
def test_long_lists_are_cut(names: str, text: str):
    assert listed(list(names), most=2) == text
