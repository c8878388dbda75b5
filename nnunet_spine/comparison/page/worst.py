"""The worst cases: of every structure and sequence, and those whose pictures are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.evaluation.records import AS_ACQUIRED

_GROUP = ["structure", "sequence", "arm"]


@dataclass(frozen=True)
class WorstCase:
    """A case of a run in which a structure came out badly.

    Attributes:
        structure: which one.
        sequence: of the case.
        arm: whose prediction it is.
        run: row of `Collection.runs`.
        case: its name.
        patient: whose it is.
        condition: of its images.
        level: of the condition, NaN where there is none.
        value: of the measure.
        outcome: `scored`, `missed`.
        mean: of all cases of this structure, sequence and arm.
        shortfall: how much worse than the mean it is.
        n: number of them.
    """

    structure: str
    sequence: str
    arm: str
    run: int
    case: str
    patient: str
    condition: str
    level: float
    value: float
    outcome: str
    mean: float
    shortfall: float
    n: int


def worst_cases(
    collection: Collection, measure: str, structures: Sequence[str], count: int
) -> dict[tuple[str, str, str], list[WorstCase]]:
    """The worst cases of every structure, sequence and arm, the worst first.

    Images as acquired are looked at, unless there are only others. A structure that is not in the reference has no
    value and cannot be a worst one.

    Args:
        collection: rows of all arms.
        measure: column of scores; a penalised one where it is a distance, or missed structures are not among the worst.
        structures: which to look at.
        count: number of cases of each.

    Returns:
        By structure, sequence and arm, in the order of `structures`, of sequences and of arms.
    """
    scores = _scores(collection, structures).rename(columns={measure_of(measure).column: "value"})
    scores = scores.dropna(subset=["value"])
    sign = measure_of(measure).sign
    return {key: _first(rows, sign, count) for key, rows in _groups(scores, structures, collection)}


def to_show(worst: dict[tuple[str, str, str], list[WorstCase]], arms: Sequence[str], count: int) -> list[WorstCase]:
    """The cases to draw: `count` of every arm, each once.

    They go by how far they fall short of the mean of their structure and sequence, so that a structure that is always
    hard does not fill all places; no structure and sequence comes twice before every one came once.

    Returns:
        In the order of structures, sequences and arms.
    """
    chosen = [case for arm in arms for case in _of_arm(worst, arm, count)]
    order = list(worst)
    return sorted(chosen, key=lambda one: order.index((one.structure, one.sequence, one.arm)))


def _of_arm(worst: dict[tuple[str, str, str], list[WorstCase]], arm: str, count: int) -> list[WorstCase]:
    candidates = [case for (_, _, of), cases in worst.items() if of == arm for case in cases]
    candidates.sort(key=lambda one: -one.shortfall)
    chosen: list[WorstCase] = []
    for several_of_a_kind in (False, True):
        for one in candidates:
            new_case = one.case not in {other.case for other in chosen}
            new_kind = (one.structure, one.sequence) not in {(other.structure, other.sequence) for other in chosen}
            if len(chosen) < count and new_case and (new_kind or several_of_a_kind):
                chosen.append(one)
    return chosen


def _scores(collection: Collection, structures: Sequence[str]) -> pd.DataFrame:
    scores = collection.scores
    scores = scores[scores["structure"].isin(structures)]
    as_acquired = scores[scores["condition"] == AS_ACQUIRED]
    return scores if as_acquired.empty else as_acquired


def _groups(
    scores: pd.DataFrame, structures: Sequence[str], collection: Collection
) -> Iterator[tuple[tuple[str, str, str], pd.DataFrame]]:
    groups = dict(iter(scores.groupby(_GROUP)))
    for structure in structures:
        for sequence in collection.sequences:
            for arm in collection.arms:
                if (structure, sequence, arm) in groups:
                    yield (structure, sequence, arm), groups[structure, sequence, arm]


def _first(rows: pd.DataFrame, sign: int, count: int) -> list[WorstCase]:
    """The worst rows; `sign` is 1 where more is better."""
    mean, n = float(rows["value"].mean()), len(rows)
    rows = rows.assign(shortfall=sign * (mean - rows["value"]))
    rows = rows.sort_values(["shortfall", "case", "run"], ascending=[False, True, True]).head(count)
    names = ("structure", "sequence", "arm", "run", "case", "patient", "condition", "level", "value", "outcome")
    return [
        WorstCase(**{name: row[name] for name in (*names, "shortfall")}, mean=mean, n=n)
        for row in rows.to_dict(orient="records")
    ]
