"""What the statistics are, in sentences, with the numbers that the code works with."""

from __future__ import annotations

from nnunet_spine.comparison.statistics.bootstrap import CONFIDENCE, FEWEST, FEWEST_TO_RESAMPLE, RESAMPLES
from nnunet_spine.comparison.statistics.holm import ALPHA

METHODS = (
    "Unit of all statistics is the patient: runs of an arm (folds, seeds) on one image are averaged first, then images "
    "of one sequence, then sequences. What is not defined is left out.",
    "The mean of structures is taken within a case, over what is labelled: without the foreground, and without a group "
    "such as the vertebrae where its parts are labels themselves.",
    f"Intervals are {CONFIDENCE:.0%} confidence intervals of the mean over patients: from {FEWEST_TO_RESAMPLE} on "
    f"by the bootstrap, bias-corrected and accelerated, {RESAMPLES} resamples of patients; for fewer, for whom the "
    "bootstrap's are too narrow, by Student's t, which may reach beyond what a score can be; none for fewer than "
    f"{FEWEST}.",
    "Tests are Wilcoxon's signed-rank tests, two-sided; p is corrected by Holm's method for all tests of the stated "
    f"family, and a difference counts as more than chance below {ALPHA:g}. Of n patients that differ the least p is "
    "2 / 2ⁿ before the correction: the more tests, the more patients it takes for any to get there. The answer "
    "compares all arms on the cases that all have; other tests compare two arms on the cases that both have.",
    "The effect size is the matched-pairs rank-biserial correlation: 1 where the first arm is better in every patient, "
    "−1 where it is worse in every one.",
    "Ranks are taken on every patient and averaged; their stability is how often an arm keeps its place when patients "
    "are drawn again with replacement.",
    "A structure that is in the reference alone was missed: its overlaps are 0, its distances are not defined, and "
    "count as the diagonal of the image where a table says penalised. One that is in the prediction alone is a false "
    "positive and has no value; one that is in neither has none either.",
)
