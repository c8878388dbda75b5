"""The skeleton's plan: a rigid frame and a size for each vertebra, disc and sacral segment, chained from S1 upwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_spine.phantom.degeneration import DiscFindings
from nnunet_spine.phantom.geometry import Frame, rotation
from nnunet_spine.phantom.patient import LEVELS, Patient

BODY_HEIGHT_MM = (27.5, 27.8, 28.0, 27.5, 26.5, 25.0, 23.5, 22.5, 21.5, 20.5, 20.0, 19.5)
BODY_DEPTH_MM = (34.5, 34.5, 34.0, 33.0, 32.0, 31.0, 30.0, 29.5, 29.0, 28.5, 28.0, 27.5)
BODY_WIDTH_MM = (51.0, 48.5, 46.0, 43.5, 41.5, 40.0, 37.0, 34.0, 32.0, 30.5, 30.0, 29.0)
DISC_HEIGHT_MM = (10.0, 11.0, 10.4, 9.4, 8.2, 6.8, 5.8, 5.2, 4.8, 4.5, 4.5, 4.5)
BODY_WEDGE_DEG = (8.0, 2.0, 0.0, -1.0, -2.0, -3.0, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5)
DISC_WEDGE_DEG = (13.0, 12.0, 9.0, 7.0, 5.0, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Near the averages of adults by level, L5 first: Berry 1987, Zhou 2000, Panjabi 1991 and 1992; see docs/phantom.md."""

SACRAL_HEIGHT_MM = (29.0, 24.0, 20.0, 17.0)
SACRAL_DEPTH_MM = (32.0, 23.0, 17.0, 13.0)
SACRAL_WIDTH_MM = (50.0, 38.0, 32.0, 28.0)
SACRAL_BEND_DEG = (12.0, 0.0, -14.0, -22.0)
REMNANT_MM = (2.6, 1.2, 0.8)
"""Height of the disc remnants below S1, S2 and S3."""


@dataclass(frozen=True)
class Body:
    """A vertebral or sacral body in its own frame, whose origin is the body's centre.

    Attributes:
        level: number from below; 0, -1, ... are S1, S2, ...
        frame: rigid frame of the whole vertebra.
        half_width_mm: half extent along u.
        half_depth_mm: half extent along v.
        half_height_mm: half extent along w at the centre line.
        wedge_rad: angle between the end plates, positive where the front is taller.
        hollow_mm: depth of the upper and of the lower end plate's concavity.
        waist: by how much of itself the outline narrows at half height.
        spur_mm: osteophytes at the rims.
        defects: (u, v, radius, depth) of a Schmorl node in the upper and in the lower end plate; depth 0 for none.
        modic: type of the marrow change below the upper and above the lower end plate.
    """

    level: int
    frame: Frame
    half_width_mm: float
    half_depth_mm: float
    half_height_mm: float
    wedge_rad: float
    hollow_mm: tuple[float, float] = (1.0, 1.0)
    waist: float = 0.1
    spur_mm: float = 0.0
    defects: tuple[tuple[float, float, float, float], ...] = ((0, 0, 1, 0), (0, 0, 1, 0))
    modic: tuple[int, int] = (0, 0)

    @property
    def size(self) -> float:
        """Width relative to L4's, the scale of everything that hangs on the body."""
        return self.half_width_mm / 24.0


@dataclass(frozen=True)
class Spine:
    """All bodies of a patient.

    Attributes:
        vertebrae: L5 upwards; `vertebrae[k - 1]` is level k.
        sacrum: S1 downwards.
        findings: of the disc below each vertebra.
        disc_height_mm: mid height of the disc below each vertebra.
    """

    vertebrae: tuple[Body, ...]
    sacrum: tuple[Body, ...]
    findings: tuple[DiscFindings, ...]
    disc_height_mm: tuple[float, ...]

    def below(self, level: int) -> Body:
        """The body below the disc of that level."""
        return self.vertebrae[level - 2] if level > 1 else self.sacrum[0]


def build_spine(patient: Patient) -> Spine:
    """Chain the vertebrae from the upper end plate of S1, which lies in the world's origin."""
    rng = patient.rng(1)
    heights = tuple(
        patient.scale * height * finding.height_factor * rng.normal(1, 0.04)
        for height, finding in zip(DISC_HEIGHT_MM, patient.findings, strict=True)
    )
    vertebrae = _chain_up(patient, heights, rng)
    return Spine(vertebrae, _chain_down(patient), patient.findings, heights)


def _chain_up(patient: Patient, disc_heights: tuple[float, ...], rng: np.random.Generator) -> tuple[Body, ...]:
    tilt = patient.sacral_slope_rad
    point = np.zeros(3)
    bodies = []
    for index, finding in enumerate(patient.findings):
        disc_wedge = np.radians(DISC_WEDGE_DEG[index]) * patient.lordosis * (0.4 + 0.6 * finding.height_factor)
        point = point + disc_heights[index] * _up(tilt - disc_wedge / 2)
        tilt -= disc_wedge
        if finding.spondylolisthesis:
            point = point - 6.0 * patient.scale * _back(tilt)
        wedge = np.radians(BODY_WEDGE_DEG[index]) * patient.lordosis + rng.normal(0, 0.015)
        height = patient.scale * BODY_HEIGHT_MM[index] * rng.normal(1, 0.02)
        centre = point + 0.5 * height * _up(tilt - wedge / 2)
        bodies.append(_body(patient, index, centre, tilt - wedge / 2, wedge, height, rng))
        point = point + height * _up(tilt - wedge / 2)
        tilt -= wedge
    return tuple(bodies)


def _body(
    patient: Patient, index: int, centre: np.ndarray, tilt: float, wedge: float, height: float, rng: np.random.Generator
) -> Body:
    finding = patient.findings[index]
    above = patient.findings[min(index + 1, LEVELS - 1)]
    sideways, lean, turn = _scoliosis(patient, index)
    worn = max(finding.pfirrmann, above.pfirrmann) - 2
    half_width = 0.5 * patient.scale * BODY_WIDTH_MM[index] * rng.normal(1, 0.02)
    half_depth = 0.5 * patient.scale * BODY_DEPTH_MM[index] * rng.normal(1, 0.025)
    return Body(
        level=index + 1,
        frame=Frame(centre + np.array([sideways, 0, 0]), rotation(tilt, turn, lean)),
        half_width_mm=half_width,
        half_depth_mm=half_depth,
        half_height_mm=0.5 * height,
        wedge_rad=wedge,
        hollow_mm=(float(rng.uniform(0.6, 1.6)), float(rng.uniform(1.2, 2.6))),
        waist=float(rng.uniform(0.07, 0.12)),
        spur_mm=float(np.clip(rng.normal(0.5, 0.35) * worn, 0, 2.4)),
        defects=(
            _defect(rng, above.lower_endplate, above.side, half_width, half_depth),
            _defect(rng, finding.upper_endplate, finding.side, half_width, half_depth),
        ),
        modic=(above.modic, finding.modic),
    )


def _defect(
    rng: np.random.Generator, present: bool, side: float, half_width: float, half_depth: float
) -> tuple[float, float, float, float]:
    u, v = 0.35 * side * half_width, rng.uniform(-0.3, 0.35) * half_depth
    return float(u), float(v), float(rng.uniform(3.0, 5.5)), float(present * rng.uniform(1.5, 3.8))


def _scoliosis(patient: Patient, index: int) -> tuple[float, float, float]:
    """Sideways shift in mm, sideways lean and axial turn in radians of one level; the pelvis stays level."""
    position = (index + 0.5) / 6.0
    shape = np.sin(np.pi * position - patient.scoliosis_phase) + np.sin(patient.scoliosis_phase)
    slope = np.pi / 6.0 * np.cos(np.pi * position - patient.scoliosis_phase)
    shift = patient.scoliosis_mm * shape
    return shift, float(patient.scoliosis_mm * slope / 36.0), float(np.radians(0.6 * shift))


def _chain_down(patient: Patient) -> tuple[Body, ...]:
    tilt = patient.sacral_slope_rad
    point = np.zeros(3)
    bodies = []
    for index, height in enumerate(patient.scale * np.array(SACRAL_HEIGHT_MM)):
        tilt = tilt + np.radians(SACRAL_BEND_DEG[index]) * 0.5
        centre = point - 0.5 * height * _up(tilt)
        remnant = patient.scale * (*REMNANT_MM, 0.0)[index]
        bodies.append(
            Body(
                level=-index,
                frame=Frame(centre, rotation(tilt)),
                half_width_mm=0.5 * patient.scale * SACRAL_WIDTH_MM[index],
                half_depth_mm=0.5 * patient.scale * SACRAL_DEPTH_MM[index],
                half_height_mm=0.5 * height,
                wedge_rad=0.0,
                hollow_mm=(1.0 if index == 0 else 0.3, 0.3),
                waist=0.06,
            )
        )
        point = point - (height + remnant) * _up(tilt)
        tilt = tilt + np.radians(SACRAL_BEND_DEG[index]) * 0.5
    return tuple(bodies)


def _up(tilt: float) -> np.ndarray:
    return np.array([0.0, -np.sin(tilt), np.cos(tilt)])


def _back(tilt: float) -> np.ndarray:
    return np.array([0.0, np.cos(tilt), np.sin(tilt)])
