"""The tissues of the phantom and their proton density and relaxation times at 1.5 T and 3 T.

Each tissue is a mixture of a water part with its own T1 and T2 and of fat, whose relaxation is the same everywhere.
The numbers are rounded from, or chosen within the range of, the sources named in docs/phantom.md:
[G] Gold 2004, [S] Stanisz 2005, [B] de Bazelaire 2004, [R] Rooney 2007, [M] Marinelli 2010, [T] Skeletal Radiol. 2011,
[K] Kugel 2001; those marked [-] are plausible values for tissue mixtures nobody measures (skin, bowel content).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tissue:
    """One tissue.

    Attributes:
        name: unique name.
        density: proton density relative to water.
        t1_ms: T1 of the water part at 1.5 T and 3 T.
        t2_ms: T2 of the water part at 1.5 T and 3 T.
        fat: share of the protons that are fat's.
        grain: relative deviation of the signal at the scale of about a millimetre.
        mottle: relative deviation of the signal at the scale of about a centimetre.
    """

    name: str
    density: float
    t1_ms: tuple[float, float]
    t2_ms: tuple[float, float]
    fat: float = 0.0
    grain: float = 0.02
    mottle: float = 0.03


FAT_T1_MS, FAT_T2_MS = (288.0, 371.0), (150.0, 120.0)
"""Fat as a train of refocusing pulses sees it, a tenth below [G] for the longer echo spacings of these protocols."""

TISSUES: tuple[Tissue, ...] = (
    Tissue("air", 0.0, (1000, 1000), (50, 50)),
    Tissue("skin", 0.55, (900, 1050), (30, 28)),  # [-]
    Tissue("fat", 0.90, (900, 1000), (40, 40), fat=0.96, grain=0.04, mottle=0.05),  # [G]
    Tissue("septum", 0.55, (900, 1000), (24, 22), fat=0.40),  # [-]
    Tissue("muscle", 0.80, (1130, 1420), (35, 32), fat=0.04, grain=0.06, mottle=0.08),  # [G]
    Tissue("ligament", 0.40, (800, 950), (7, 6), fat=0.04, grain=0.1),  # [-]
    Tissue("interspinous", 0.60, (950, 1100), (26, 24), fat=0.28, grain=0.15, mottle=0.25),  # [-]
    Tissue("cortical", 0.12, (600, 700), (1, 1)),  # [-]
    Tissue("marrow", 0.78, (800, 950), (50, 47), fat=0.42, grain=0.11, mottle=0.08),  # [B], [K]
    Tissue("modic_1", 0.80, (1100, 1250), (85, 80), fat=0.15, grain=0.08, mottle=0.08),  # [-]
    Tissue("modic_2", 0.76, (900, 1050), (55, 52), fat=0.68, grain=0.06, mottle=0.05),  # [-]
    Tissue("modic_3", 0.35, (800, 950), (25, 22), fat=0.20, grain=0.08, mottle=0.08),  # [-]
    Tissue("basivertebral", 0.70, (1300, 1600), (140, 120), fat=0.55),  # [-]
    Tissue("annulus_outer", 0.42, (950, 1100), (20, 18), grain=0.06),  # [M]
    Tissue("annulus_inner", 0.62, (1100, 1250), (42, 38), grain=0.05, mottle=0.06),  # [M]
    Tissue("nucleus_1", 0.84, (1450, 1600), (132, 118), grain=0.05, mottle=0.05),  # [M], [T]
    Tissue("nucleus_2", 0.80, (1350, 1500), (98, 88), grain=0.06, mottle=0.07),  # [M], [T]
    Tissue("nucleus_3", 0.74, (1250, 1400), (68, 62), grain=0.08, mottle=0.14),  # [M], [T]
    Tissue("nucleus_4", 0.66, (1150, 1300), (50, 45), grain=0.10, mottle=0.16),  # [M], [T]
    Tissue("nucleus_5", 0.58, (1050, 1200), (38, 34), grain=0.12, mottle=0.16),  # [M], [T]
    Tissue("csf", 1.0, (4300, 4300), (1500, 1200), grain=0.02, mottle=0.03),  # [R]
    Tissue("cord", 0.82, (745, 993), (74, 78), grain=0.02),  # [S]
    Tissue("nerve", 0.82, (950, 1080), (72, 68), grain=0.03),  # [S], optic nerve
    Tissue("dura", 0.45, (900, 1000), (15, 14)),  # [-]
    Tissue("blood_fast", 0.05, (1441, 1932), (200, 150)),  # flow void
    Tissue("blood_slow", 0.30, (1441, 1932), (150, 100), mottle=0.3),  # [S], partly void
    Tissue("bowel_wall", 0.80, (1000, 1200), (50, 45), mottle=0.1),  # [-]
    Tissue("bowel_content", 0.85, (800, 950), (75, 70), fat=0.08, grain=0.06, mottle=0.3),  # [-]
    Tissue("organ", 0.75, (586, 809), (46, 34), fat=0.05, grain=0.03, mottle=0.06),  # liver [B]
)

TISSUE_ID: dict[str, int] = {tissue.name: index for index, tissue in enumerate(TISSUES)}
"""Value of each tissue in a rendered tissue map."""


@dataclass(frozen=True)
class Relaxation:
    """Columns of the tissue table at one field strength; arrays of shape (number of tissues,)."""

    water_density: np.ndarray
    fat_density: np.ndarray
    t1_ms: np.ndarray
    t2_ms: np.ndarray
    fat_t1_ms: float
    fat_t2_ms: float


def relaxation(field_t: float, marrow_fat: float) -> Relaxation:
    """The tissue table at 1.5 T or 3 T, for a patient with this fat fraction of the marrow.

    Raises:
        ValueError: for another field strength.
    """
    if field_t not in (1.5, 3.0):
        raise ValueError(f"field strength: expected 1.5 or 3.0 T, got {field_t!r}")
    column = int(field_t == 3.0)
    density = np.array([tissue.density for tissue in TISSUES])
    fat = np.array([marrow_fat if tissue.name == "marrow" else tissue.fat for tissue in TISSUES])
    return Relaxation(
        water_density=density * (1 - fat),
        fat_density=density * fat,
        t1_ms=np.array([tissue.t1_ms[column] for tissue in TISSUES]),
        t2_ms=np.array([tissue.t2_ms[column] for tissue in TISSUES]),
        fat_t1_ms=FAT_T1_MS[column],
        fat_t2_ms=FAT_T2_MS[column],
    )
