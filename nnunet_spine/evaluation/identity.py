"""Whose image a case is, and of which sequence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.manifest import MANIFEST, recorded_patients
from nnunet_spine.training.patients import patients_of
from nnunet_spine.training.sequences import sequence_by_pattern, split_at_sequence


def identities(cases: Sequence[str], reference: Path, pattern: str | None) -> dict[str, tuple[str, str | None]]:
    """Patient and sequence of every case.

    By the record of `nnunet-spine convert` in the references' folder or the one above; else by the names, see
    `training.patients` and `training.sequences`.

    Args:
        cases: their names.
        reference: folder of the references.
        pattern: regular expression that finds the sequence in a name, before all else.

    Raises:
        ValueError: if there is a record that cannot be read, or the pattern is wrong or does not fit a name.
    """
    folder = reference.resolve()
    raw = folder if (folder / MANIFEST).is_file() else folder.parent
    recorded, patients = recorded_patients(raw), patients_of(cases, raw)

    def sequence(case: str) -> str | None:
        if pattern is not None:
            return sequence_by_pattern(case, pattern)
        return recorded[case][1] if case in recorded else split_at_sequence(case)[1]

    return {case: (patients[case], sequence(case)) for case in cases}
