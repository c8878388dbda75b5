"""Whether runs can be compared: what would make numbers differ for another reason than the arms is refused."""

from __future__ import annotations

from collections.abc import Sequence

from nnunet_spine.comparison.source import Source


def check_runs(sources: Sequence[Source]) -> None:
    """Refuse runs that cannot be compared.

    Raises:
        ValueError: for two tolerances of NSD, a case twice in runs that nothing tells apart, a case with two
            references, and runs without a common structure; it names both files.
    """
    _check_tolerances(sources)
    _check_repetitions(sources)
    _check_references(sources)
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


def _setting(condition: str, level: float | None) -> str:
    return condition if level is None else f"{condition} {level:g}"


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)
