"""Whether runs can be compared: what would make numbers differ for another reason than the arms is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nnunet_spine.comparison.reading.source import Source
from nnunet_spine.evaluation.records import CaseRecord


def check_runs(sources: Sequence[Source]) -> None:
    """Refuse runs that cannot be compared.

    Raises:
        ValueError: for two tolerances of NSD, a case twice in runs that nothing tells apart, a case with two
            references, patients, sequences or images, and runs without a common structure; it names both files.
    """
    _check_tolerances(sources)
    _check_repetitions(sources)
    _check_references(sources)
    _check_origins(sources)
    _check_images(sources)
    if len(unshared_structures(sources)) == len({name for source in sources for name in source.structures}):
        structures = "; ".join(f"{source.path}: {', '.join(source.structures)}" for source in sources)
        raise ValueError(f"no structure that all runs were scored on: {structures}")


def unshared_structures(sources: Sequence[Source]) -> dict[str, tuple[str, ...]]:
    """Structures that some runs lack, and the arms that have each."""
    names = dict.fromkeys(name for source in sources for name in source.structures)
    having = {name: [source for source in sources if name in source.structures] for name in names}
    return {
        name: tuple(dict.fromkeys(source.run.arm for source in some))
        for name, some in having.items()
        if len(some) < len(sources)
    }


def _check_tolerances(sources: Sequence[Source]) -> None:
    first = sources[0]
    for other in sources:
        if other.run.tolerance_mm != first.run.tolerance_mm:
            raise ValueError(
                f"NSD was measured at {first.run.tolerance_mm:g} mm in {first.path} and at "
                f"{other.run.tolerance_mm:g} mm in {other.path}: evaluate one of them again"
            )


def _check_repetitions(sources: Sequence[Source]) -> None:
    seen: dict[tuple[object, ...], Source] = {}
    for source in sources:
        run = source.run
        for case in source.cases:
            key = (run.arm, run.fold, run.seed, run.condition, run.level, case.case)
            if key in seen:
                raise ValueError(
                    f"{source.path} and {seen[key].path} have case {case.case} of the same run: arm {run.arm}, "
                    f"fold {_or_none(run.fold)}, seed {_or_none(run.seed)}, {_setting(run.condition, run.level)}. "
                    "Leave one out, or evaluate with another --arm, or another --seed for a repeated training"
                )
            seen[key] = source


def _check_references(sources: Sequence[Source]) -> None:
    """The same case has the same reference in all runs of the same labels."""
    seen: dict[tuple[str, str], tuple[str, Source]] = {}
    for source in sources:
        labels = repr(sorted((name, str(value)) for name, value in source.run.labels.items()))
        for case in source.cases:
            digest = case.fingerprints.get("reference", {}).get("sha256")
            if digest is None:
                continue
            before, other = seen.setdefault((labels, case.case), (digest, source))
            if before != digest:
                raise ValueError(
                    f"case {case.case} has another reference in {source.path} than in {other.path} (their sha256 "
                    "differ): evaluate both with the same references, or rename one of the cases"
                )


def _check_origins(sources: Sequence[Source]) -> None:
    """The same case is of the same patient and sequence in all runs, or nothing could be paired."""
    seen: dict[str, tuple[CaseRecord, Source]] = {}
    for source in sources:
        for case in source.cases:
            before, other = seen.setdefault(case.case, (case, source))
            for what in ("patient", "sequence"):
                here, there = (_or_none(getattr(one, what)) for one in (case, before))
                if here != there:
                    raise ValueError(
                        f"case {case.case} has {what} {here} in {source.path} and {there} in {other.path}: evaluate "
                        "both with the same manifest beside the reference, or rename one of the cases"
                    )


def _check_images(sources: Sequence[Source]) -> None:
    """The same case under the same condition is the same image in all runs, whatever their labels."""
    seen: dict[tuple[str, float | None, str, str], tuple[Any, Source]] = {}
    for source in sources:
        for case in source.cases:
            for what, value in _image_of(case).items():
                key = (source.run.condition, source.run.level, case.case, what)
                before, other = seen.setdefault(key, (value, source))
                if not _is_same(value, before):
                    raise ValueError(
                        f"case {case.case} is another image in {source.path} than in {other.path}, by {what}: {value} "
                        f"and {before}. Evaluate predictions of the same images, or rename one of the cases"
                    )


def _image_of(case: CaseRecord) -> dict[str, Any]:
    """What is known of an image."""
    digest = case.fingerprints.get("image", {}).get("sha256")
    known = {"shape": case.shape, "spacing": case.spacing_mm, "the sha256 of the file": digest}
    return {what: value for what, value in known.items() if value is not None}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are; numbers may differ in their last digits, as headers that two programs wrote do."""
    if isinstance(one, str):
        return one == other
    return len(one) == len(other) and all(math.isclose(*pair, rel_tol=1e-4) for pair in zip(one, other, strict=True))


def _setting(condition: str, level: float | None) -> str:
    return condition if level is None else f"{condition} {level:g}"


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)
