"""The protocols of the SPIDER series, and the signal a tissue gives in them.

The protocols are the frequent combinations in SPIDER's overview.csv; the repetition time is drawn near the usual one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nnunet_spine.phantom.tissues import Relaxation, relaxation

SEQUENCES = ("t1", "t2", "t2_SPACE")
"""The sequences of SPIDER, as they are spelled in its file names."""

FAT_SHIFT_PPM = 3.4
GYROMAGNETIC_HZ_PER_T = 42.577e6

SPACE_CONTRAST_TE = 0.62
"""Echo time of a conventional spin echo of the same T2 contrast, relative to the nominal one of a train with low and
varying flip angles, in which the magnetisation is stored along z for a part of the time (Mugler 2014)."""


@dataclass(frozen=True)
class Scanner:
    """Where a patient is scanned; values as in overview.csv."""

    manufacturer: str
    model: str
    field_t: float
    body_part: str
    software: str
    serial: str
    character_set: str


@dataclass(frozen=True)
class Protocol:
    """One series' protocol; times in ms, lengths in mm.

    Attributes:
        sequence: one of `SEQUENCES`.
        scanner: where.
        tr_ms: repetition time.
        te_ms: effective echo time.
        train: echoes per excitation.
        flip_deg: flip angle as the header gives it.
        bandwidth_hz: readout bandwidth per pixel.
        pixel_mm: pixel spacing of the DICOM series.
        pixel_text: the same in the words of overview.csv.
        thickness_mm: slice thickness.
        gap_mm: distance of slice centres, as the header gives it.
        phase_steps: number of phase encoding steps.
        phase_fov_percent: field of view in the phase direction.
        sampling_percent: share of the phase encoding steps of a square k-space that is sampled.
        name: SequenceName.
        description: SeriesDescription.
    """

    sequence: str
    scanner: Scanner
    tr_ms: float
    te_ms: float
    train: int
    flip_deg: int
    bandwidth_hz: int
    pixel_mm: float
    pixel_text: str
    thickness_mm: float
    gap_mm: float
    phase_steps: int
    phase_fov_percent: float
    sampling_percent: float
    name: str = ""
    description: str = ""

    @property
    def restores(self) -> bool:
        """Whether the train ends with a pulse that turns what is left of the magnetisation back to z."""
        return "R" in self.name

    @property
    def echo_spacing_ms(self) -> float:
        """Time between echoes; SPACE trains are long and dense."""
        return 4.0 if self.sequence == "t2_SPACE" else max(8.0, min(self.te_ms, 11.0))

    @property
    def fat_shift_mm(self) -> float:
        """By how much fat is displaced along the readout."""
        return FAT_SHIFT_PPM * 1e-6 * GYROMAGNETIC_HZ_PER_T * self.scanner.field_t / self.bandwidth_hz * self.pixel_mm


INGENIA_3T = Scanner("Philips Healthcare", "Ingenia", 3.0, "LSPINE", "['5.6.1', '5.6.1.2']", "", "ISO 2022 IR 100")
INGENIA_15T = Scanner(
    "Philips Medical Systems", "Ingenia", 1.5, "MRI LWK", "['5.6.1', '5.6.1.2']", "70714.0", "ISO_IR 100"
)
AVANTO = Scanner("SIEMENS", "Avanto_fit", 1.5, "", "", "", "ISO_IR 100")
AVANTO_4MM = Scanner("SIEMENS", "Avanto_fit", 1.5, "LSPINE", "syngo MR E11", "169723.0", "ISO_IR 100")
SYMPHONY = Scanner("SIEMENS", "SymphonyTim", 1.5, "LSPINE", "syngo MR B17", "37743.0", "ISO_IR 100")
AERA = Scanner("SIEMENS", "Aera", 1.5, "LSPINE", "syngo MR E11", "141639.0", "ISO_IR 100")

_P30, _P15, _AV = "[0.625, 0.625]", "[0.47826087474823, 0.47826087474823]", "[.5859375, .5859375]"
_SY, _A4 = "[0.72916668653488, 0.72916668653488]", "[0.67708331346512, 0.67708331346512]"

PAIRS: tuple[tuple[float, Protocol, Protocol], ...] = (
    (
        0.46,
        Protocol(
            "t1",
            INGENIA_3T,
            716.234375,
            13.837,
            7,
            85,
            463,
            0.625,
            _P30,
            3.0,
            3.3,
            235,
            155.555555555555,
            77.1704177856445,
        ),
        Protocol(
            "t2",
            INGENIA_3T,
            3563.07250976562,
            120.0,
            25,
            90,
            365,
            0.625,
            _P30,
            3.0,
            3.3,
            237,
            155.555555555555,
            77.1106948852539,
        ),
    ),
    (
        0.19,
        Protocol(
            "t1", AVANTO, 456.0, 9.8, 2, 150, 190, 0.5859375, _AV, 3.0, 3.3, 512, 100.0, 75.0, "*tse2d1_3", "t1_tse_sag"
        ),
        Protocol(
            "t2",
            AVANTO,
            3750.0,
            93.0,
            17,
            150,
            195,
            0.5859375,
            _AV,
            3.0,
            3.3,
            748,
            100.0,
            70.0,
            "*tseR2d1rr17",
            "t2_tse_sag",
        ),
    ),
    (
        0.11,
        Protocol(
            "t1",
            AVANTO_4MM,
            660.0,
            9.6,
            3,
            150,
            235,
            0.8125,
            "[0.8125, 0.8125]",
            4.0,
            4.8,
            408,
            100.0,
            70.0,
            "*tse2d1_3",
            "t1_tse_sag_320",
        ),
        Protocol(
            "t2",
            AVANTO_4MM,
            3500.0,
            114.0,
            17,
            150,
            195,
            0.67708331346512,
            _A4,
            4.0,
            4.8,
            511,
            100.0,
            70.0,
            "*tseR2d1rr17",
            "t2_tse_sag_384",
        ),
    ),
    (
        0.10,
        Protocol(
            "t1",
            SYMPHONY,
            446.0,
            11.0,
            4,
            150,
            161,
            0.72916668653488,
            _SY,
            4.0,
            4.4,
            488,
            100.0,
            70.0,
            "*tse2d1_4",
            "SAG T1 TSE",
        ),
        Protocol(
            "t2",
            SYMPHONY,
            3900.0,
            106.0,
            19,
            150,
            161,
            0.72916668653488,
            _SY,
            4.0,
            4.4,
            494,
            100.0,
            75.0,
            "*tseR2d1rr19",
            "SAG T2 TSE",
        ),
    ),
    (
        0.07,
        Protocol(
            "t1",
            AERA,
            617.0,
            9.7,
            3,
            150,
            235,
            0.875,
            "[0.875, 0.875]",
            4.0,
            4.8,
            408,
            100.0,
            70.0,
            "*tse2d1_3",
            "SAG T1 TSE",
        ),
        Protocol(
            "t2",
            AERA,
            3500.0,
            97.0,
            19,
            150,
            195,
            0.72916668653488,
            _SY,
            4.0,
            4.8,
            494,
            100.0,
            70.0,
            "*tseR2d1rr19",
            "SAG T2 TSE",
        ),
    ),
    (
        0.07,
        Protocol(
            "t1",
            INGENIA_15T,
            575.000122070312,
            8.0,
            5,
            80,
            199,
            0.47826087474823,
            _P15,
            4.0,
            4.4,
            300,
            139.130443226207,
            90.13806915283199,
            "",
            "T1_CS_TSE SAG",
        ),
        Protocol(
            "t2",
            INGENIA_15T,
            2745.94409179687,
            80.0,
            27,
            90,
            189,
            0.47826087474823,
            _P15,
            4.0,
            4.4,
            281,
            139.130443226207,
            79.75352478027341,
            "",
            "T2_CS_TSE SAG",
        ),
    ),
)
"""Share among the patients, T1 and T2 of each scanner."""

SPACE = Protocol(
    "t2_SPACE",
    AVANTO,
    1000.0,
    124.0,
    60,
    150,
    530,
    0.46875,
    "[.46875, .46875]",
    0.89999997615814,
    1.0,
    504,
    125.0,
    90.0,
    "*spcR_60",
    "T2_space_sag_c4",
)


def sample_protocols(rng: np.random.Generator) -> dict[str, Protocol]:
    """The protocols of one patient: T1 and T2 on one scanner, T2 SPACE always on the one that has it."""
    shares = np.array([share for share, _, _ in PAIRS])
    _, t1, t2 = PAIRS[rng.choice(len(PAIRS), p=shares / shares.sum())]
    stretch = 1 + 0.08 * abs(rng.standard_normal(2))
    return {
        "t1": replace(t1, tr_ms=float(t1.tr_ms * min(stretch[0], 1.2))),
        "t2": replace(t2, tr_ms=float(t2.tr_ms * min(stretch[1], 1.2))),
        "t2_SPACE": SPACE,
    }


def spin_echo(protocol: Protocol, density: np.ndarray, t1_ms: np.ndarray, t2_ms: np.ndarray) -> np.ndarray:
    """Signal of a turbo spin echo in the steady state.

    Without a restore pulse this is density * (1 - exp(-(TR - T) / T1)) * exp(-TE / T2), T being the length of the echo
    train. A restore pulse turns the magnetisation that is left after T, exp(-T / T2), back to z; the recovery starts
    from there instead of from zero: density * (1 - E1) / (1 - E1 * exp(-T / T2)) * exp(-TE / T2). Fluids gain most.
    """
    length_ms = protocol.train * protocol.echo_spacing_ms
    recovery = np.exp(-(protocol.tr_ms - length_ms) / t1_ms)
    left = np.exp(-length_ms / t2_ms) if protocol.restores else 0.0
    te_ms = protocol.te_ms * (SPACE_CONTRAST_TE if protocol.sequence == "t2_SPACE" else 1.0)
    return density * (1 - recovery) / (1 - recovery * left) * np.exp(-te_ms / t2_ms)


def tissue_signals(protocol: Protocol, marrow_fat: float) -> tuple[np.ndarray, np.ndarray]:
    """Signal of the water and of the fat in every tissue, float32 of shape (number of tissues,) each."""
    table: Relaxation = relaxation(protocol.scanner.field_t, marrow_fat)
    water = spin_echo(protocol, table.water_density, table.t1_ms, table.t2_ms)
    fat = spin_echo(protocol, table.fat_density, np.array(table.fat_t1_ms), np.array(table.fat_t2_ms))
    return water.astype(np.float32), fat.astype(np.float32)
