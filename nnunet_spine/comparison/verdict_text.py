"""The verdict in sentences, which claim no more than the tests say."""

from __future__ import annotations

from collections.abc import Iterator

from nnunet_spine.comparison.collect import Collection
from nnunet_spine.comparison.figures.wording import sequence_name, setting_name, structure_name
from nnunet_spine.comparison.measures import Measure, measure_of
from nnunet_spine.comparison.patients import ALL, MEAN
from nnunet_spine.comparison.statistics.bootstrap import CONFIDENCE, Interval
from nnunet_spine.comparison.statistics.contrast import Contrast
from nnunet_spine.comparison.statistics.failures import ANY, failure_counts
from nnunet_spine.comparison.statistics.pairs import FEWEST_PAIRS, identical_arms
from nnunet_spine.comparison.statistics.ranking import stability
from nnunet_spine.comparison.statistics.reversals import Reversal
from nnunet_spine.comparison.statistics.verdict import Verdict
from nnunet_spine.comparison.tables.table import number, people

_FEWEST_TO_RESAMPLE = 3
_MOST_REVERSALS = 3


def sentences(found: Verdict | None, collection: Collection) -> list[str]:
    """What the page says first: which arm is better, by how much, how sure, where it fails.

    Args:
        found: the verdict; None where no patient has all arms.
        collection: rows of all arms.
    """
    if found is None:
        return ["No patient was predicted by all arms in any set of test images, so the arms cannot be compared."]
    return [
        *_order(found),
        *_identical(collection),
        *_against_baseline(found),
        *_reversals(found),
        *_stability(found, collection),
        *_weakness(found),
        *_failures(found, collection),
        *_trainings(collection),
    ]


def _order(found: Verdict) -> Iterator[str]:
    """Which arm is ahead, then by how much and how sure."""
    pair, best = found.against_second, found.arms[0]
    measure = measure_of(found.measure)
    if pair is None:
        value = _with_interval(best.mean, best.interval, measure)
        yield f"{_named(best.arm)} is the only arm, so there is nothing to compare it with."
        yield f"Its {_what(found)}: {value} over {people(found.n_patients, 'patient')}."
        return
    yield _claim(pair, measure, several=len(found.arms) > 2).removesuffix(".") + _but_not_on(found)
    yield _evidence(found, pair)


def _but_not_on(found: Verdict) -> str:
    """The end of the first sentence, which must not hide that another arm is ahead on some sequences."""
    others = [one.sequence for one in found.reversals if one.condition == found.condition and one.contrast.clear]
    if found.sequence != ALL or not others:
        return "."
    return f" on all sequences together, but not on {' and '.join(map(sequence_name, others))}."


def _claim(pair: Contrast, measure: Measure, several: bool) -> str:
    extreme = "highest" if measure.sign > 0 else "lowest"
    leads = f"{_named(pair.arm)} has the {extreme} mean"
    if pair.state == "no pairs":
        return f"{leads}, but no patient was predicted by both it and {_named(pair.other)}."
    if pair.state == "identical":
        return f"{_named(pair.arm)} and {_named(pair.other)} do not differ on any of {people(pair.n_pairs, 'patient')}."
    if pair.state == "too few pairs":
        return f"{leads}, but {people(pair.n_pairs, 'patient')} are too few to tell it from {_named(pair.other)}."
    if not pair.difference:
        return f"{_named(pair.arm)} and {_named(pair.other)} have the same mean."
    if not pair.clear:
        return f"{leads}, but its lead over {_named(pair.other)} may be chance."
    if pair.effect_size <= 0:
        return f"{leads}, yet {_named(pair.other)} is better on most patients."
    if several:
        return f"{leads}, and is better than the next arm, {_named(pair.other)}."
    return f"{_named(pair.arm)} is better than {_named(pair.other)}."


def _evidence(found: Verdict, pair: Contrast) -> str:
    measure = measure_of(found.measure)
    means = f"{number(pair.mean, measure.digits)} against {number(pair.mean_other, measure.digits)}"
    if pair.state == "no pairs":
        return f"{_named(found.best)} has a {_what(found)} of {number(found.arms[0].mean, measure.digits)}."
    gap = _with_interval(pair.difference, pair.interval, measure)
    sure = {
        "identical": "",
        "too few pairs": f"; no test is significant with fewer than {FEWEST_PAIRS} patients that differ",
        "tested": f"; {_p(pair)}",
    }[pair.state]
    what = f"On the images that both predicted: {_what(found)}"
    return f"{what} {means}, a difference of {gap} over {people(pair.n_pairs, 'patient')}{sure}."


def _identical(collection: Collection) -> Iterator[str]:
    for one, other in identical_arms(collection):
        yield (
            f"{_named(one)} and {_named(other)} are identical in every value of every case, as two copies of the same "
            "predictions would be."
        )


def _against_baseline(found: Verdict) -> Iterator[str]:
    pair, second = found.against_baseline, found.against_second
    if pair is not None and second is not None and pair.other != second.other:
        claim = _claim(pair, measure_of(found.measure), several=False)
        yield f"Against the baseline: {claim} {_evidence(found, pair)}"


def _reversals(found: Verdict) -> Iterator[str]:
    """Where another arm is ahead."""
    for one in found.reversals[:_MOST_REVERSALS]:
        yield f"On {_images(one)} {_named(one.contrast.arm)} is ahead{_how_sure(one, measure_of(found.measure))}."
    more = len(found.reversals) - _MOST_REVERSALS
    if more > 0:
        yield f"On {more} more sets of test images another arm is ahead of {_named(found.best)} by less."


def _images(one: Reversal) -> str:
    return setting_name(one.condition, one.level, one.sequence)


def _how_sure(one: Reversal, measure: Measure) -> str:
    pair = one.contrast
    if pair.state == "no pairs":
        return ""
    means = f"{number(pair.mean, measure.digits)} against {number(pair.mean_other, measure.digits)}"
    gap = _with_interval(pair.difference, pair.interval, measure)
    sure = _p(pair) if pair.state == "tested" else "too few to be sure"
    chance = ", which may be chance" * (pair.state == "tested" and not pair.clear)
    return f": {means}, a difference of {gap} over {people(pair.n_pairs, 'patient')}; {sure}{chance}"


def _stability(found: Verdict, collection: Collection) -> Iterator[str]:
    if len(found.arms) < 2 or found.n_patients < _FEWEST_TO_RESAMPLE:
        return
    stable = stability(collection, found.measure, found.structure, (found.condition, found.level, found.sequence))
    if stable is not None:
        share = f"{stable.shares.loc[found.best, 1]:.0%} of the draws (which is no test)"
        yield f"When patients are drawn again with replacement, {_named(found.best)} is first by mean rank in {share}."


def _weakness(found: Verdict) -> Iterator[str]:
    measure = measure_of(found.measure)
    parts = []
    if found.structure == MEAN:
        worst = found.worst_structure
        parts.append(f"among structures, on {structure_name(worst.structure)} ({number(worst.mean, measure.digits)})")
    worst = found.worst_setting
    if (worst.condition, worst.sequence) != (found.condition, found.sequence) or worst.level != found.level:
        name = setting_name(worst.condition, worst.level, worst.sequence)
        if name != setting_name(found.condition, found.level, found.sequence):
            parts.append(f"among images, on {name} ({number(worst.mean, measure.digits)})")
    if parts:
        yield f"{_named(found.best)} is weakest, {'; '.join(parts)}."


def _failures(found: Verdict, collection: Collection) -> Iterator[str]:
    """What the best arm does wrong most often."""
    counts = failure_counts(collection)
    same_level = counts["level"].isna() if found.level != found.level else counts["level"] == found.level
    counts = counts[
        (counts["arm"] == found.best)
        & (counts["condition"] == found.condition)
        & (counts["sequence"] == found.sequence)
        & (counts["structure"] == ANY)
        & same_level
    ].sort_values(["n_failed", "mode"], ascending=[False, True])
    if counts.empty:
        yield f"{_named(found.best)} shows none of the failures that are looked for there."
        return
    listed = [
        f"{row['mode']} ({row['n_failed']} of {row['n_images']} predictions)" for _, row in counts.head(3).iterrows()
    ]
    yield f"Most frequent failures of {_named(found.best)}: {', '.join(listed)}."


def _trainings(collection: Collection) -> Iterator[str]:
    """A difference between two trainings is no difference between two methods."""
    seeds = collection.runs.groupby("arm")["seed"].nunique(dropna=False)
    if len(collection.arms) > 1 and (seeds < 2).all():
        yield (
            "No training was repeated with another seed: intervals and tests are about other patients, not about how "
            "another training of the same arm would come out."
        )


def _named(arm: str) -> str:
    """An arm in a sentence; in quotes where its name is no single word."""
    return arm if all(sign.isalnum() or sign in "_-." for sign in arm) else f"“{arm}”"


def _what(found: Verdict) -> str:
    """Such as `mean Dice of structures on T1`."""
    of = "of the structures" if found.structure == MEAN else f"of {structure_name(found.structure)}"
    where = setting_name(found.condition, found.level, found.sequence)
    return f"mean {measure_of(found.measure).label} {of} ({where})"


def _with_interval(value: float, interval: Interval, measure: Measure) -> str:
    text = number(value, measure.digits)
    if interval.low != interval.low:
        return text
    low, high = (number(end, measure.digits) for end in interval)
    return f"{text} ({CONFIDENCE:.0%} confidence interval {low} to {high})"


def _p(pair: Contrast) -> str:
    p = "p < 0.001" if pair.p_holm < 0.001 else f"p = {pair.p_holm:.3f}"
    return p + (f" after Holm's correction for {pair.family_size} comparisons" if pair.family_size > 1 else "")
