"""Which patient a training case is of, and who comes first when only some of them are used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.manifest import recorded_patients
from nnunet_spine.training.sequences import split_at_sequence

_BIDS = re.compile(r"(sub-[A-Za-z0-9]+)(?:_|$)")


def patients_of(cases: Sequence[str], raw: Path | None) -> dict[str, str]:
    """The patient of every case.

    By the record of `nnunet-spine convert` where the raw data set has one. Else by the name: `sub-01` of BIDS,
    whatever session or acquisition follows; else what comes before the sequence (`_t1`, `_t2_SPACE`, `_T2w`, `_pd`,
    `_stir`, `_dixon`), unless a number follows that, as in `study_T2_001`; the `_synth000` of
    `nnunet-spine synthesize` is left out. Any other name is a patient of its own.

    Args:
        cases: names of the cases.
        raw: folder of the raw data set; None or absent where only preprocessed data lies.

    Raises:
        ValueError: if there is a record that cannot be read.
    """
    recorded = recorded_patients(raw) if raw else {}
    return {case: recorded[case][0] if case in recorded else _patient_by_name(case) for case in cases}


def in_order(patients: Iterable[str]) -> list[str]:
    """Every patient once, in an order that looks random and depends on their names alone.

    So the first 2 are among the first 5, whatever the order or number of cases, on every rank of a parallel training;
    and a patient who joins moves nobody to another place before or after another.
    """
    return sorted(set(patients), key=lambda patient: hashlib.sha256(patient.encode("utf-8")).digest())


def first_patients(patients: Iterable[str], number: int) -> list[str]:
    """The first ones.

    Raises:
        ValueError: if there are not as many.
    """
    ordered = in_order(patients)
    if not 1 <= number <= len(ordered):
        raise ValueError(f"patients: expected 1 to {len(ordered)}, the number in the training part, got {number}")
    return ordered[:number]


def _patient_by_name(case: str) -> str:
    if bids := _BIDS.match(case):
        return bids[1]
    return split_at_sequence(case)[0] or case
