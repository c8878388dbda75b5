"""Made-up results of several arms with known effects, as an evaluation would write them.

Patients p00, p01, ... have an image of every sequence. Dice of a structure is `BASE` + the arm's effect (`EFFECT`, and
`T1_EFFECT` on T1) + what the patient and the case add for every arm - `LOSS` for every step of a condition, + a little
noise of the arm and seed. Distances follow from it. The first patient's canal is missed by `Real` on T1; the last one
has no discs in the reference, and `Synth` finds some.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nnunet_spine.evaluation.records import (
    AS_ACQUIRED,
    CaseRecord,
    FailureRecord,
    InstanceRecord,
    RunRecord,
    StructureRecord,
)
from nnunet_spine.evaluation.results import Results, write_results
from nnunet_spine.labels import SCHEMES, group_named, level_named

PATIENTS = tuple(f"p{k:02d}" for k in range(8))
SEQUENCES = ("t1", "t2")
BASE = {"vertebrae": 0.9, "canal": 0.85, "discs": 0.8, "foreground": 0.86}
EFFECT = {"Real": 0.03, "Synth": 0.0, "Mix": 0.05}
T1_EFFECT = {"Real": -0.2}
LOSS = {"resolution": 0.04, "noise": 0.02, "gamma": 0.01}
SPACING_MM, SHAPE = (4.0, 1.0, 1.0), (10, 200, 300)
DIAGONAL_MM = math.hypot(*(n * s for n, s in zip(SHAPE, SPACING_MM, strict=True)))


def labels_of(scheme: str) -> dict[str, int]:
    return {"background": 0, **{label.name: label.value for label in SCHEMES[scheme].labels}}


def structures_of(scheme: str) -> list[str]:
    names = [label.name for label in SCHEMES[scheme].labels]
    return [*names, *(name for name in ("vertebrae", "discs", "foreground") if name not in names)]


def rng_of(*key: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


def dice_of(run: RunRecord, patient: str, sequence: str, structure: str) -> float:
    group = {"vertebra": "vertebrae", "disc": "discs", "canal": "canal"}.get(group_named(structure) or "", "foreground")
    value = BASE[group] + EFFECT.get(run.arm, 0) + (T1_EFFECT.get(run.arm, 0) if sequence == "t1" else 0)
    value -= LOSS.get(run.condition, 0) * max(0.0, (run.level or 0) - (1 if run.condition == "resolution" else 0))
    value += 0.01 * math.log2(run.real_patients) if run.real_patients else 0
    value += rng_of(patient).normal(0, 0.02) + rng_of(patient, sequence, structure).normal(0, 0.01)
    value += rng_of(run.arm, run.real_patients or run.seed, run.condition, patient, sequence, structure).normal(
        0, 0.005
    )
    return float(np.clip(value, 0.01, 0.99))


def score(structure: str, dice: float, outcome: str = "scored") -> StructureRecord:
    """A row; what is not measured follows from Dice and outcome."""
    overlap = {"scored": dice, "missed": 0.0}.get(outcome, math.nan)
    distance = 20 * (1 - dice) if outcome == "scored" else math.nan
    return StructureRecord(
        structure,
        group_named(structure),
        level_named(structure),
        outcome,
        dice=overlap,
        iou=overlap / (2 - overlap),
        precision=overlap,
        recall=overlap,
        nsd=overlap,
        hd95_mm=distance,
        hd_mm=2 * distance,
        assd_mm=distance / 4,
        reference_ml=10.0 if outcome in ("scored", "missed") else 0.0,
        prediction_ml=9.0 if outcome in ("scored", "false_positive") else 0.0,
    )


def outcome_of(run: RunRecord, patient: str, sequence: str, structure: str) -> str:
    if run.arm == "Real" and patient == PATIENTS[0] and sequence == "t1" and structure == "canal":
        return "missed"
    if patient == PATIENTS[-1] and structure == "discs":
        return "false_positive" if run.arm == "Synth" else "absent"
    return "scored"


def failures_of(run: RunRecord, structures: Sequence[StructureRecord]) -> tuple[FailureRecord, ...]:
    found = [
        FailureRecord("missed structure", one.structure, one.level, one.reference_ml, "ml", f"{one.structure}: none", 5)
        for one in structures
        if one.outcome == "missed"
    ]
    found += [
        FailureRecord("false positive", one.structure, one.level, one.prediction_ml, "ml", f"{one.structure}: none", 4)
        for one in structures
        if one.outcome == "false_positive"
    ]
    found += [
        FailureRecord("border error", one.structure, one.level, one.hd95_mm, "mm", f"{one.structure}: far off", 3)
        for one in structures
        if one.dice < 0.7 and one.outcome == "scored"
    ]
    return tuple(found)


def instances_of(structures: Sequence[StructureRecord]) -> tuple[InstanceRecord, ...]:
    """The highest vertebra is taken for its neighbour below, as is the highest disc, which is cut off."""
    found = []
    for one in structures:
        if one.level is None or one.group is None:
            continue
        matched = {"vertebra_T12": "vertebra_L1", "disc_T12_L1": "disc_L1_L2"}.get(one.structure, one.structure)
        right, complete = matched == one.structure, one.structure != "disc_T12_L1"
        found.append(
            InstanceRecord(one.structure, one.group, one.level, matched, one.dice, one.assd_mm, right, complete, True)
        )
    return tuple(found)


def confusion_of(dices: Sequence[float]) -> tuple[tuple[int, ...], ...]:
    """1000 voxels a label: Dice's share of them right, the rest on the next label."""
    n = len(dices) + 1
    counts = np.diag([10_000, *(round(1000 * dice) for dice in dices)])
    for k, dice in enumerate(dices, start=1):
        counts[k, k % (n - 1) + 1] += 1000 - round(1000 * dice)
    return tuple(tuple(map(int, row)) for row in counts)


def make_case(run: RunRecord, scheme: str, patient: str, sequence: str) -> CaseRecord:
    names = structures_of(scheme)
    scores = tuple(
        score(name, dice_of(run, patient, sequence, name), outcome_of(run, patient, sequence, name)) for name in names
    )
    labels = tuple(labels_of(scheme))
    case = f"{patient}_{sequence}"
    rng = rng_of(patient, sequence)
    return CaseRecord(
        case,
        patient,
        sequence,
        SHAPE,
        SPACING_MM,
        DIAGONAL_MM,
        scores,
        instances_of(scores),
        labels,
        confusion_of([0.0 if math.isnan(one.dice) else one.dice for one in scores[: len(labels) - 1]]),
        failures_of(run, scores),
        {"snr": float(rng.uniform(5, 30)), "contrast": float(rng.uniform(0.1, 0.9)), "pfirrmann": math.nan},
        {"reference": f"{case}.nii.gz", "prediction": f"{case}.nii.gz", "image": f"{case}_0000.nii.gz"},
        {"reference": {"bytes": 1, "sha256": f"{scheme}-{case}"}},
    )


def make_results(
    arm: str,
    *,
    scheme: str = "4class",
    patients: Sequence[str] = PATIENTS,
    sequences: Sequence[str] = SEQUENCES,
    fold: str | None = "0",
    seed: int | None = None,
    real_patients: int | None = None,
    condition: str = AS_ACQUIRED,
    level: float | None = None,
    tolerance_mm: float = 1.0,
) -> Results:
    run = RunRecord(
        arm,
        "references",
        f"predictions/{arm}",
        labels_of(scheme),
        tolerance_mm,
        trainer=f"nnUNetTrainer{arm}Spine",
        plans="nnUNetPlans",
        configuration="2d",
        dataset="Dataset511_Spine",
        fold=fold,
        seed=seed,
        real_patients=real_patients,
        condition=condition,
        level=level,
        images="images",
        command=f"nnunet-spine evaluate --arm {arm}",
        versions={"nnunet_spine": "0.1"},
    )
    cases = tuple(make_case(run, scheme, patient, sequence) for patient in patients for sequence in sequences)
    return Results(run, cases)


def given(
    arm: str,
    dice: Mapping[str, float | str],
    *,
    structures: Sequence[str] = ("canal",),
    **about: object,
) -> Results:
    """Results with these values of Dice alone.

    Args:
        arm: its name.
        dice: of every case, such as `p1_t1` or, of a second image, `p1_t1_b`; or an outcome such as `missed`.
        structures: that all have them.
        about: other fields of the run.
    """
    run = RunRecord(arm, "references", "predictions", {"background": 0, "canal": 1}, 1.0, **about)
    cases = []
    for name, value in sorted(dice.items()):
        patient, sequence = name.split("_")[:2]
        outcome, number = (value, math.nan) if isinstance(value, str) else ("scored", value)
        scores = tuple(score(structure, number, outcome) for structure in structures)
        cases.append(CaseRecord(name, patient, sequence, SHAPE, SPACING_MM, DIAGONAL_MM, scores, (), (), ()))
    return Results(run, tuple(cases))


def write_all(folder: Path, some: Mapping[str, Results] | Sequence[Results]) -> Path:
    """Write results into a folder, under their keys or by number; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    named = some if isinstance(some, Mapping) else {f"{k:03d}": one for k, one in enumerate(some)}
    for name, one in named.items():
        write_results(folder / f"{name}.jsonl", one)
    return folder


def everything(scheme: str = "4class", arms: Sequence[str] = tuple(EFFECT)) -> list[Results]:
    """All arms with two seeds as acquired, at three resolutions and two levels of noise, and an N-shot series."""
    found = [make_results(arm, scheme=scheme, seed=seed) for arm in arms for seed in (0, 1)]
    found += [
        make_results(arm, scheme=scheme, seed=0, condition=condition, level=level)
        for arm in arms
        for condition, levels in (("resolution", (2.0, 3.0, 4.0)), ("noise", (1.0, 2.0)))
        for level in levels
    ]
    found += [make_results("Shot", scheme=scheme, real_patients=n) for n in (1, 2, 5)]
    return found
