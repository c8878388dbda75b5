"""Who is scanned: the numbers that make one phantom patient different from the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_spine.phantom.degeneration import DiscFindings, sample_findings

LEVELS = 12
"""Levels that are modelled, L5 to T6; as many of them are seen as the field of view allows."""

VISIBLE_LEVELS, VISIBLE_SHARES = (6, 7, 8, 9), (0.31, 0.42, 0.22, 0.05)
"""How many levels are seen, with the shares in SPIDER's overview.csv."""


@dataclass(frozen=True)
class Patient:
    """One phantom patient. Everything that is drawn later follows from these values and `seed`.

    Attributes:
        number: 1 for the first patient.
        seed: entropy of all random streams of this patient.
        sex: "F" or "M".
        age_years: age.
        visible_levels: how many vertebrae the field of view holds.
        scale: size of the bones relative to an average woman's and man's together.
        sacral_slope_rad: angle of the upper end plate of S1 with the horizontal.
        lordosis: factor on the wedge angles of discs and bodies.
        scoliosis_mm: sideways deviation of the curve's apex, to the left where positive.
        scoliosis_phase: where along the spine the apex lies, in radians.
        canal_factor: width of the dural sac relative to the average.
        conus_level: where the cord ends, as in `Profile.level` (4.5 is the middle of L1).
        marrow_fat: fat fraction of the marrow.
        muscle_fat: 0 to 1, how far the back muscles are replaced by fat.
        back_fat_mm: thickness of the fat under the skin of the back.
        belly_mm: distance from the front of the spine to the skin of the belly.
        findings: per disc from below.
    """

    number: int
    seed: tuple[int, ...]
    sex: str
    age_years: float
    visible_levels: int
    scale: float
    sacral_slope_rad: float
    lordosis: float
    scoliosis_mm: float
    scoliosis_phase: float
    canal_factor: float
    conus_level: float
    marrow_fat: float
    muscle_fat: float
    back_fat_mm: float
    belly_mm: float
    findings: tuple[DiscFindings, ...]

    def rng(self, stream: int) -> np.random.Generator:
        """Generator of one named stream, so that no part of a patient depends on how much another one draws."""
        return np.random.default_rng([*self.seed, stream])


def sample_patient(seed: int, number: int) -> Patient:
    """The patient of that number; it depends on nothing but the seed and the number.

    The sacral slope goes with the lordosis, as in every standing or lying human: the spine has to come out upright.
    """
    entropy = (seed, number)
    rng = np.random.default_rng([*entropy, 0])
    sex = "F" if rng.random() < 0.63 else "M"
    age = float(np.clip(rng.normal(52, 15), 20, 86))
    wear = 0.55 * (age - 52) / 15 + 0.83 * rng.standard_normal()
    lordosis = float(np.clip(rng.normal(0.84, 0.11), 0.62, 1.08))
    size = {"F": 0.96, "M": 1.04}[sex]
    return Patient(
        number=number,
        seed=entropy,
        sex=sex,
        age_years=age,
        visible_levels=int(rng.choice(VISIBLE_LEVELS, p=VISIBLE_SHARES)),
        scale=float(size * rng.normal(1, 0.03)),
        sacral_slope_rad=float(np.radians(53 * lordosis - 13 + rng.normal(0, 3))),
        lordosis=lordosis,
        scoliosis_mm=float(rng.normal(0, 2.2) if rng.random() < 0.8 else rng.normal(0, 6)),
        scoliosis_phase=float(rng.uniform(0, np.pi / 2)),
        canal_factor=float(np.clip(rng.normal(1, 0.09), 0.78, 1.25)),
        conus_level=float(np.clip(rng.normal(4.6, 0.4), 3.8, 5.6)),
        marrow_fat=float(np.clip(0.25 + 0.0045 * age + rng.normal(0, 0.06), 0.25, 0.70)),
        muscle_fat=float(np.clip(0.15 + 0.012 * (age - 30) + rng.normal(0, 0.15), 0.03, 0.95)),
        back_fat_mm=float(np.exp(rng.normal(np.log(13), 0.5))),
        belly_mm=float(rng.normal(95, 18)),
        findings=tuple(sample_findings(rng, level, wear) for level in range(1, LEVELS + 1)),
    )
