"""The images to degrade: inputs of nnU-Net, one file a channel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.problems import natural_key
from nnunet_spine.dataset_conversion.reading import suffix_of
from nnunet_spine.degradation.record import RECORD
from nnunet_spine.plumbing.wording import listed

_INPUT = re.compile(r"(.+)_(\d{4})\.nii\.gz")


@dataclass(frozen=True)
class Input:
    """One image.

    Attributes:
        path: its file.
        case: its case.
        channel: four digits.
    """

    path: Path
    case: str
    channel: str


def find_inputs(source: Path, cases: Sequence[str] | None = None) -> list[Input]:
    """The images of a folder, or of one file, in natural order.

    Args:
        source: folder of `CASE_0000.nii.gz`, or one such file.
        cases: the cases to take; None for all.

    Raises:
        ValueError: if there are none, other images lie among them, a case is not there, or they are degraded already.
    """
    if not source.exists():
        raise ValueError(f"{source}: no such file or folder; expected inputs of nnU-Net (CASE_0000.nii.gz)")
    folder = source if source.is_dir() else source.parent
    if (folder / RECORD).exists():
        raise ValueError(f"{folder}: its images are degraded already ({RECORD}); start from those they were made of")
    files = sorted(source.iterdir(), key=lambda path: natural_key(path.name)) if source.is_dir() else [source]
    files = [path for path in files if path.is_file() and not path.name.startswith(".")]
    found = [Input(path, *match.groups()) for path in files if (match := _INPUT.fullmatch(path.name))]
    taken = {one.path for one in found}
    others = [path.name for path in files if path not in taken and suffix_of(path)]
    if others or not found:
        raise ValueError(_advice(source, others))
    return found if cases is None else _chosen(source, found, cases)


def _advice(source: Path, others: Sequence[str]) -> str:
    found = f"{len(others)} other images ({listed(others)})" if others else "none"
    raw = [str(source / name) for name in ("imagesTs", "imagesTr") if (source / name).is_dir()]
    if raw:
        return f"{source}: expected inputs of nnU-Net (CASE_0000.nii.gz), found {found}; give {' or '.join(raw)}"
    return (
        f"{source}: expected inputs of nnU-Net (CASE_0000.nii.gz) and nothing else, found {found}; make them of any "
        f"images, DICOM too, by `nnunet-spine prepare {source} PREPARED` and give PREPARED"
    )


def _chosen(source: Path, found: Sequence[Input], cases: Sequence[str]) -> list[Input]:
    names = list(dict.fromkeys(one.case for one in found))
    unknown = [case for case in cases if case not in names]
    if unknown:
        raise ValueError(f"{source}: no case {', '.join(unknown)}; there are {listed(names)}")
    return [one for one in found if one.case in cases]
