"""The verdict in sentences, which claim no more than the tests say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nnunet_spine.comparison.figures.wording import sequence_name, setting_name, structure_name
from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import CONFIDENCE, DIGITS, SAME, Interval
from nnunet_spine.comparison.statistics.contrast import Contrast
from nnunet_spine.comparison.statistics.failures import ANY, failure_counts
from nnunet_spine.comparison.statistics.measures import Measure, measure_of
from nnunet_spine.comparison.statistics.pairs import identical_arms
from nnunet_spine.comparison.statistics.patients import ALL, MEAN
from nnunet_spine.comparison.statistics.ranking import RESAMPLES, stability
from nnunet_spine.comparison.statistics.reversals import Reversal
from nnunet_spine.comparison.statistics.setting import at_setting
from nnunet_spine.comparison.statistics.verdict import Verdict
from nnunet_spine.comparison.tables.table import number, percent
from nnunet_spine.evaluation.failures import MODES
from nnunet_spine.plumbing.wording import counted

_FEWEST_TO_DRAW = 3
_MOST_REVERSALS = 3
_KNOWN = ", ".join(MODES)


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
        *_reversals(found),
        *_coverage(found),
        *_identical(collection),
        *_beside_the_baseline(found),
        *_stability(found, collection),
        *_weakness(found),
        *_failures(found, collection),
        *_trainings(found),
    ]


def _order(found: Verdict) -> Iterator[str]:
    """Which arm is ahead, then by how much and how sure; of arms that are level, the next one too."""
    best = found.arms[0]
    if not found.against:
        value = _with_interval(best.mean, best.interval, measure_of(found.measure).digits)
        yield f"{_named(best.arm)} is the only arm, so there is nothing to compare it with."
        yield f"Its {_what(found)}: {value} over {counted(found.coverage.n_patients, 'patient')}."
        return
    level = [pair for pair in found.against if abs(pair.difference) < SAME]
    ahead = [pair for pair in found.against if pair not in level]
    for pair in (*level, *ahead[:1]):
        yield _claim(found, pair)
        yield _evidence(found, pair)


def _but_not_on(found: Verdict) -> str:
    """The end of a sentence that must not hide that another arm is ahead on some sequences."""
    others = [one.sequence for one in found.reversals if one.condition == found.condition and one.contrast.clear]
    if found.sequence != ALL or not others:
        return "."
    return f" on all sequences together, but not on {' and '.join(map(sequence_name, others))}."


def _claim(found: Verdict, pair: Contrast) -> str:
    extreme = "highest" if measure_of(found.measure).sign > 0 else "lowest"
    arm, other = _named(pair.arm), _named(pair.other)
    leads = f"{arm}{', the baseline,' * (pair.arm == found.baseline)} has the {extreme} mean"
    if pair.state == "identical":
        return f"{arm} and {other} do not differ on any of {counted(pair.n_pairs, 'patient')}."
    if abs(pair.difference) < SAME:
        return f"{arm} and {other} have the same mean."
    if pair.state == "too few pairs":
        return f"{leads}, but {_too_few(pair)} to tell it from {other}."
    if not pair.clear:
        return f"{leads}, but its lead over {other} is not shown to be more than chance."
    if pair.effect_size <= 0:
        return f"{leads}, yet the test favours {other}, which is better on {pair.n_worse} of {pair.n_pairs} patients."
    return f"{_better(found, pair, leads)}{_but_not_on(found)}"


def _better(found: Verdict, pair: Contrast, leads: str) -> str:
    if pair.other == found.baseline:
        return f"{leads}, and is better than the baseline, {_named(pair.other)}"
    if len(found.arms) > 2 or pair.arm == found.baseline:
        return f"{leads}, and is better than the next arm, {_named(pair.other)}"
    return f"{_named(pair.arm)} is better than {_named(pair.other)}"


def _too_few(pair: Contrast) -> str:
    n = pair.n_pairs - pair.n_equal
    of = f"{counted(n, 'patient')} that {'differs' if n == 1 else 'differ'}" if pair.n_equal else counted(n, "patient")
    many = f" for {pair.family_size} comparisons" * (pair.family_size > 1)
    return f"{of} {'is' if n == 1 else 'are'} too few{many}"


def _evidence(found: Verdict, pair: Contrast) -> str:
    sure = "" if pair.state == "identical" else f"; {_p(pair)}"
    return f"On the images that all arms predicted: {_what(found)} {_gap(found, pair)}{sure}."


def _gap(found: Verdict, pair: Contrast) -> str:
    """Both means and their difference, with as many digits as it takes to see one."""
    digits = _digits(pair.difference, measure_of(found.measure))
    means = f"{number(pair.mean, digits)} against {number(pair.mean_other, digits)}"
    gap = _with_interval(pair.difference, pair.interval, digits)
    return f"{means}, a difference of {gap} over {counted(pair.n_pairs, 'patient')}"


def _digits(difference: float, measure: Measure) -> int:
    size = abs(difference)
    return measure.digits if size < SAME else min(DIGITS, max(measure.digits, -math.floor(math.log10(size))))


def _coverage(found: Verdict) -> Iterator[str]:
    """What the answer is not about."""
    some = found.coverage
    if some.lacking:
        having = ", ".join(f"{_named(arm)} has {n}" for arm, n in some.lacking.items())
        yield (
            f"Compared on the {some.n_patients} of {some.n_all_patients} patients that all arms have ({having}): means "
            "elsewhere in this report are over all patients of an arm, and can differ."
        )
    elif some.n_images < some.n_all_images:
        yield f"Compared on the {some.n_images} of {some.n_all_images} images that all arms have."
    if some.incomplete_runs:
        listed = ", ".join(f"{counted(n, 'run')} of {_named(arm)}" for arm, n in some.incomplete_runs.items())
        yield (
            f"References without a prediction were left out on demand (--chill) in {listed}; they count nowhere, "
            "unless another run of the arm has them."
        )


def _identical(collection: Collection) -> Iterator[str]:
    for one, other in identical_arms(collection):
        yield (
            f"{_named(one)} and {_named(other)} are identical in every value of every case, as two copies of the same "
            "predictions would be."
        )


def _beside_the_baseline(found: Verdict) -> Iterator[str]:
    """That nothing beats the baseline, or which arm comes between."""
    if found.baseline is None or len(found.arms) < 2:
        return
    second = found.arms[1]
    if found.best == found.baseline:
        yield f"No arm has a better mean than the baseline, {_named(found.baseline)}."
    elif second.arm != found.baseline:
        mean = number(second.mean, measure_of(found.measure).digits)
        yield (
            f"The next arm, {_named(second.arm)}, has a mean of {mean} on the same patients; it was tested against the "
            f"baseline alone, not against {_named(found.best)}."
        )


def _reversals(found: Verdict) -> Iterator[str]:
    """Where another arm is ahead."""
    for one in found.reversals[:_MOST_REVERSALS]:
        yield f"On {_images(one)} {_named(one.contrast.arm)} is ahead: {_gap(found, one.contrast)}; {_how_sure(one)}."
    more = len(found.reversals) - _MOST_REVERSALS
    if more > 0:
        yield f"On {more} more sets of test images another arm is ahead of {_named(found.best)} by less."


def _images(one: Reversal) -> str:
    return setting_name(one.condition, one.level, one.sequence)


def _how_sure(one: Reversal) -> str:
    pair = one.contrast
    if pair.state == "too few pairs":
        return _too_few(pair) + " to be sure"
    return _p(pair) + ", not shown to be more than chance" * (not pair.clear)


def _stability(found: Verdict, collection: Collection) -> Iterator[str]:
    if len(found.arms) < 2 or found.coverage.n_patients < _FEWEST_TO_DRAW:
        return
    stable = stability(collection, found.measure, found.structure, (found.condition, found.level, found.sequence))
    if stable is not None:
        share = percent(stable.shares.loc[found.best, 1])
        yield (
            f"When the {stable.n_patients} patients are drawn again with replacement, {_named(found.best)} is first by "
            f"mean rank in {share} of {RESAMPLES} draws (which is no test)."
        )


def _weakness(found: Verdict) -> Iterator[str]:
    measure = measure_of(found.measure)
    parts = []
    if found.structure == MEAN:
        worst = found.worst_structure
        parts.append(f"among structures, on {structure_name(worst.structure)} ({number(worst.mean, measure.digits)})")
    worst = found.worst_setting
    name = setting_name(worst.condition, worst.level, worst.sequence)
    if name != setting_name(found.condition, found.level, found.sequence):
        parts.append(f"among images, on {name} ({number(worst.mean, measure.digits)})")
    if parts:
        yield f"{_named(found.best)} is weakest, {'; '.join(parts)}."


def _failures(found: Verdict, collection: Collection) -> Iterator[str]:
    """What the best arm does wrong most often."""
    counts = failure_counts(collection)
    counts = counts[
        (counts["arm"] == found.best)
        & (counts["structure"] == ANY)
        & at_setting(counts, found.condition, found.level, found.sequence)
    ].sort_values(["n_failed", "mode"], ascending=[False, True])
    if counts.empty:
        where = setting_name(found.condition, found.level, found.sequence)
        yield f"None of the known failures was found in the predictions of {_named(found.best)} ({where}): {_KNOWN}."
        return
    listed = [
        f"{row['mode']} ({row['n_failed']} of {row['n_images']} predictions)" for _, row in counts.head(3).iterrows()
    ]
    yield f"Most frequent failures of {_named(found.best)}: {', '.join(listed)}."


def _trainings(found: Verdict) -> Iterator[str]:
    """A difference between two trainings is no difference between two methods."""
    once = found.coverage.trained_once
    if len(found.arms) < 2 or not once:
        return
    of = "No training" if len(once) == len(found.arms) else f"No training of {_and([_named(arm) for arm in once])}"
    yield (
        f"{of} was repeated on all these images: intervals and tests are about other patients, not about how another "
        "training of the same arm would come out."
    )


def _and(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _named(arm: str) -> str:
    """An arm in a sentence; in quotes where its name is no single word."""
    return arm if all(sign.isalnum() or sign in "_-." for sign in arm) else f"“{arm}”"


def _what(found: Verdict) -> str:
    """Such as `mean Dice of the structures (T1)`."""
    of = "of the structures" if found.structure == MEAN else f"of {structure_name(found.structure)}"
    where = setting_name(found.condition, found.level, found.sequence)
    return f"mean {measure_of(found.measure).label} {of} ({where})"


def _with_interval(value: float, interval: Interval, digits: int) -> str:
    text = number(value, digits)
    if interval.low != interval.low:
        return text
    low, high = (number(end, digits) for end in interval)
    return f"{text} ({CONFIDENCE:.0%} confidence interval {low} to {high})"


def _p(pair: Contrast) -> str:
    p = "p < 0.001" if pair.p_holm < 0.001 else f"p = {pair.p_holm:.3f}"
    return p + (f" after Holm's correction for {pair.family_size} comparisons" if pair.family_size > 1 else "")
