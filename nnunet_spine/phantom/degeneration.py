"""What is wrong with each disc: sampled from SPIDER's own frequencies, and written out as the truth it is.

The anatomy is built from these findings, so radiological_gradings.csv of a phantom is true by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PFIRRMANN_BY_LEVEL = np.array(
    [
        [0.11, 0.13, 0.27, 0.22, 0.27],
        [0.10, 0.12, 0.33, 0.26, 0.19],
        [0.14, 0.20, 0.33, 0.22, 0.11],
        [0.18, 0.23, 0.32, 0.16, 0.11],
        [0.22, 0.29, 0.23, 0.17, 0.09],
        [0.27, 0.34, 0.25, 0.11, 0.03],
        [0.28, 0.29, 0.21, 0.18, 0.04],
    ]
)
"""Share of the Pfirrmann grades 1 to 5 at levels 1 (L5/S1) to 7 and above, from SPIDER's radiological_gradings.csv."""

NARROWING_BY_GRADE = (0.07, 0.06, 0.33, 0.64, 0.99)
BULGING_BY_GRADE = (0.13, 0.20, 0.61, 0.78, 0.88)
ENDPLATE_BY_GRADE = (0.18, 0.19, 0.43, 0.57, 0.83)
MODIC_BY_GRADE = (0.07, 0.11, 0.33, 0.50, 0.85)
HERNIATION_BY_LEVEL = (0.10, 0.16, 0.05, 0.02)
MODIC_TYPES = (0.03, 0.93, 0.04)
"""Share of the types 1 to 3 among discs with Modic changes, a little more of types 1 and 3 than SPIDER has."""


@dataclass(frozen=True)
class DiscFindings:
    """The findings at one disc, in the words of radiological_gradings.csv.

    Attributes:
        level: number from below, 1 is L5/S1.
        pfirrmann: grade 1 to 5.
        narrowing: whether the disc has lost height.
        bulging: whether it reaches beyond the end plates all round.
        herniation: whether it reaches into the canal in one place.
        modic: type 0 to 3 of the marrow change at its end plates.
        upper_endplate: whether the end plate above the disc has a defect.
        lower_endplate: whether the end plate below the disc has a defect.
        spondylolisthesis: whether the vertebra above has slipped forward.
        height_factor: height relative to a healthy disc.
        side: -1 to 1, where across the disc a herniation or an end plate defect lies.
    """

    level: int
    pfirrmann: int
    narrowing: bool
    bulging: bool
    herniation: bool
    modic: int
    upper_endplate: bool
    lower_endplate: bool
    spondylolisthesis: bool
    height_factor: float
    side: float

    @property
    def bulge_mm(self) -> float:
        """How far the disc reaches beyond the end plates."""
        return 0.4 + 1.9 * self.bulging


def sample_findings(rng: np.random.Generator, level: int, wear: float) -> DiscFindings:
    """Findings at one level.

    Args:
        rng: source of randomness.
        level: number from below.
        wear: standard normal value of the patient, so that discs of one patient degenerate together.
    """
    shares = PFIRRMANN_BY_LEVEL[min(level, len(PFIRRMANN_BY_LEVEL)) - 1]
    rank = _normal_cdf(0.75 * wear + 0.66 * rng.standard_normal())
    grade = min(int(np.searchsorted(np.cumsum(shares), rank)), 4)
    narrowing, bulging, upper, lower, modic = (
        bool(rng.random() < table[grade])
        for table in (NARROWING_BY_GRADE, BULGING_BY_GRADE, ENDPLATE_BY_GRADE, ENDPLATE_BY_GRADE, MODIC_BY_GRADE)
    )
    herniation = rng.random() < (*HERNIATION_BY_LEVEL, 0.0)[min(level - 1, 4)] * (grade >= 2) * 1.4
    modic_type = 1 + int(rng.choice(3, p=MODIC_TYPES))
    slipped = rng.random() < (0.05 if level in (1, 2) and grade >= 2 else 0.0)
    loss = rng.uniform(0.35, 0.50) if grade == 4 else rng.uniform(0.22, 0.38)
    height = 1 - loss if narrowing else rng.uniform(0.88, 1.08)
    return DiscFindings(
        level,
        grade + 1,
        narrowing,
        bulging,
        bool(herniation),
        modic_type * modic,
        upper,
        lower,
        bool(slipped),
        float(height),
        float(rng.uniform(-1, 1)),
    )


def _normal_cdf(value: float) -> float:
    """Logistic approximation of the normal distribution function, within 0.01."""
    return 1 / (1 + np.exp(-1.702 * value))
