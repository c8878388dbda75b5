"""The protocols of the SPIDER series: the frequent combinations in its overview.csv."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

SEQUENCES = ("t1", "t2", "t2_SPACE")
"""The sequences of SPIDER, as they are spelled in its file names."""

FAT_SHIFT_PPM = 3.4
GYROMAGNETIC_HZ_PER_T = 42.577e6


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
        restore: whether the train ends with a pulse that turns what is left of the magnetisation back to z. Siemens
            names say it with an R. Philips headers do not; it is assumed where the repetition time is too short to
            give bright fluid without.
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
    restore: bool = False

    @property
    def echo_spacing_ms(self) -> float:
        """Time between echoes; SPACE trains are long and dense."""
        return 4.0 if self.sequence == "t2_SPACE" else max(8.0, min(self.te_ms, 11.0))

    @property
    def fat_shift_mm(self) -> float:
        """By how much fat is displaced along the readout."""
        return FAT_SHIFT_PPM * 1e-6 * GYROMAGNETIC_HZ_PER_T * self.scanner.field_t / self.bandwidth_hz * self.pixel_mm


SCANNERS = {
    "ingenia_3": Scanner("Philips Healthcare", "Ingenia", 3.0, "LSPINE", "['5.6.1', '5.6.1.2']", "", "ISO 2022 IR 100"),
    "avanto": Scanner("SIEMENS", "Avanto_fit", 1.5, "", "", "", "ISO_IR 100"),
    "avanto_4": Scanner("SIEMENS", "Avanto_fit", 1.5, "LSPINE", "syngo MR E11", "169723.0", "ISO_IR 100"),
    "symphony": Scanner("SIEMENS", "SymphonyTim", 1.5, "LSPINE", "syngo MR B17", "37743.0", "ISO_IR 100"),
    "aera": Scanner("SIEMENS", "Aera", 1.5, "LSPINE", "syngo MR E11", "141639.0", "ISO_IR 100"),
    "ingenia_15": Scanner(
        "Philips Medical Systems", "Ingenia", 1.5, "MRI LWK", "['5.6.1', '5.6.1.2']", "70714.0", "ISO_IR 100"
    ),
}
SHARES = {"ingenia_3": 0.46, "avanto": 0.19, "avanto_4": 0.11, "symphony": 0.10, "aera": 0.07, "ingenia_15": 0.07}
"""Share of the patients with T1 and T2 of each scanner."""

TABLE = """
scanner    sequence TR         TE     train flip BW  pixel              slice            gap steps FOV              sampling          restore name         description
ingenia_3  t1       716.234375 13.837 7     85   463 0.625              3.0              3.3 235   155.555555555555 77.1704177856445  no      -            -
ingenia_3  t2       3563.07251 120.0  25    90   365 0.625              3.0              3.3 237   155.555555555555 77.1106948852539  no      -            -
avanto     t1       456.0      9.8    2     150  190 .5859375           3.0              3.3 512   100.0            75.0              no      *tse2d1_3    t1_tse_sag
avanto     t2       3750.0     93.0   17    150  195 .5859375           3.0              3.3 748   100.0            70.0              yes     *tseR2d1rr17 t2_tse_sag
avanto_4   t1       660.0      9.6    3     150  235 0.8125             4.0              4.8 408   100.0            70.0              no      *tse2d1_3    t1_tse_sag_320
avanto_4   t2       3500.0     114.0  17    150  195 0.67708331346512   4.0              4.8 511   100.0            70.0              yes     *tseR2d1rr17 t2_tse_sag_384
symphony   t1       446.0      11.0   4     150  161 0.72916668653488   4.0              4.4 488   100.0            70.0              no      *tse2d1_4    SAG~T1~TSE
symphony   t2       3900.0     106.0  19    150  161 0.72916668653488   4.0              4.4 494   100.0            75.0              yes     *tseR2d1rr19 SAG~T2~TSE
aera       t1       617.0      9.7    3     150  235 0.875              4.0              4.8 408   100.0            70.0              no      *tse2d1_3    SAG~T1~TSE
aera       t2       3500.0     97.0   19    150  195 0.72916668653488   4.0              4.8 494   100.0            70.0              yes     *tseR2d1rr19 SAG~T2~TSE
ingenia_15 t1       575.000122 8.0    5     80   199 0.47826087474823   4.0              4.4 300   139.130443226207 90.13806915283199 no      -            T1_CS_TSE~SAG
ingenia_15 t2       2745.94409 80.0   27    90   189 0.47826087474823   4.0              4.4 281   139.130443226207 79.75352478027341 yes     -            T2_CS_TSE~SAG
avanto     t2_SPACE 1000.0     124.0  60    150  530 .46875             0.89999997615814 1.0 504   125.0            90.0              yes     *spcR_60     T2_space_sag_c4
"""  # noqa: E501
"""The fields of `Protocol`, a line each; - stands for nothing, ~ for a blank."""


def _parse(line: str) -> Protocol:
    scanner, sequence, *rest = line.split()
    numbers, (restore, name, description) = rest[:-3], rest[-3:]
    tr, te, train, flip, bandwidth, pixel, thickness, gap, steps, fov, sampling = (float(text) for text in numbers)
    return Protocol(
        sequence=sequence,
        scanner=SCANNERS[scanner],
        tr_ms=tr,
        te_ms=te,
        train=int(train),
        flip_deg=int(flip),
        bandwidth_hz=int(bandwidth),
        pixel_mm=pixel,
        pixel_text=f"[{numbers[5]}, {numbers[5]}]",
        thickness_mm=thickness,
        gap_mm=gap,
        phase_steps=int(steps),
        phase_fov_percent=fov,
        sampling_percent=sampling,
        name=name.strip("-"),
        description=description.strip("-").replace("~", " "),
        restore=restore == "yes",
    )


PROTOCOLS: tuple[Protocol, ...] = tuple(_parse(line) for line in TABLE.strip().splitlines()[1:])


def protocol_of(scanner: str, sequence: str) -> Protocol:
    """The protocol of a sequence on one of `SCANNERS`."""
    (found,) = (p for p in PROTOCOLS if p.scanner is SCANNERS[scanner] and p.sequence == sequence)
    return found


def sample_protocols(rng: np.random.Generator) -> dict[str, Protocol]:
    """The protocols of one patient: T1 and T2 on one scanner, T2 SPACE always on the one that has it.

    The repetition times of T1 and T2 are drawn from the usual one upwards, as longer spines need more slices.
    """
    shares = np.array(list(SHARES.values()))
    scanner = str(rng.choice(list(SHARES), p=shares / shares.sum()))
    series = {}
    for sequence in ("t1", "t2"):
        usual = protocol_of(scanner, sequence)
        stretch = min(1 + 0.08 * abs(rng.standard_normal()), 1.2)
        series[sequence] = replace(usual, tr_ms=float(usual.tr_ms * stretch))
    return series | {"t2_SPACE": protocol_of("avanto", "t2_SPACE")}
