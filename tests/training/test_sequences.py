"""What the name of a case tells of its sequence."""

from __future__ import annotations

import pytest

from nnunet_spine.training.sequences import sequence_by_pattern, split_at_sequence


@pytest.mark.parametrize(
    ("case", "before", "sequence"),
    [
        ("45_t1", "45", "t1"),
        ("45_t2_SPACE", "45", "t2_SPACE"),
        ("45_t2_SPACE_synth003", "45", "t2_SPACE"),
        ("sub-01_ses-2_T2w", "sub-01_ses-2", "T2w"),
        ("anna_STIR", "anna", "STIR"),
        ("study_T2_001", "study_T2_001", None),
        ("lumbar_017", "lumbar_017", None),
        ("_t1", "_t1", None),
        ("t1", "t1", None),
    ],
)
def test_a_name_is_split_at_its_sequence(case: str, before: str, sequence: str | None):
    assert split_at_sequence(case) == (before, sequence)


def test_a_pattern_finds_the_sequence_by_its_group():
    assert sequence_by_pattern("study_T2_001", "T[12]") == "T2"
    assert sequence_by_pattern("study_T2_001", "_(T[12])_") == "T2"


@pytest.mark.parametrize(("pattern", "message"), [("(", "expected a regular expression"), ("T1", "finds nothing in")])
def test_a_pattern_that_is_none_or_finds_nothing_is_refused(pattern: str, message: str):
    with pytest.raises(ValueError, match=message):
        sequence_by_pattern("study_T2_001", pattern)
