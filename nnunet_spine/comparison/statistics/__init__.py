"""Statistics of a `Collection`: figures, tables and the report take theirs from here.

Patients are the observations (`patients.py`); a setting is condition, level and sequence.
"""

from nnunet_spine.comparison.statistics.bootstrap import Interval, mean_interval
from nnunet_spine.comparison.statistics.confusion import confusion, row_shares
from nnunet_spine.comparison.statistics.contrast import Contrast
from nnunet_spine.comparison.statistics.correlation import correlations
from nnunet_spine.comparison.statistics.failures import failure_counts
from nnunet_spine.comparison.statistics.nshot import n_shot
from nnunet_spine.comparison.statistics.pairs import Family, identical_arms, paired_tests
from nnunet_spine.comparison.statistics.patients import patient_means
from nnunet_spine.comparison.statistics.ranking import Stability, ranking, stability
from nnunet_spine.comparison.statistics.robustness import robustness
from nnunet_spine.comparison.statistics.summary import run_means, summarise
from nnunet_spine.comparison.statistics.verdict import Verdict, verdict

__all__ = [
    "Contrast",
    "Family",
    "Interval",
    "Stability",
    "Verdict",
    "confusion",
    "correlations",
    "failure_counts",
    "identical_arms",
    "mean_interval",
    "n_shot",
    "paired_tests",
    "patient_means",
    "ranking",
    "robustness",
    "row_shares",
    "run_means",
    "stability",
    "summarise",
    "verdict",
]
