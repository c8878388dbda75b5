"""nnU-Net's folders and the names and the dataset.json of a raw data set."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_spine import __version__
from nnunet_spine.dataset_conversion.options import Treatment

READER = "NibabelIOWithReorient"
FILE_ENDING = ".nii.gz"
CHANNEL = "MRI"
"""Any name but nnU-Net's own keywords (CT, noNorm, rescale_to_0_1 ...) gets Z-score normalisation, the right one for
MRI."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9-]+)*")
DEFAULT_NAMES = {
    "4class": "SpineSPIDER4",
    "14class": "SpineSPIDER14",
    "report-erroneous": "SpineSPIDERReportErroneous",
}
"""Name of the data set of each scheme."""


@dataclass(frozen=True)
class NnunetFolders:
    """The folders of nnU-Net's three variables; `results` may be unset."""

    raw: Path
    preprocessed: Path
    results: Path | None

    @classmethod
    def from_environment(cls) -> NnunetFolders:
        """Read the variables.

        Raises:
            ValueError: if one that is needed is not set, or begins with a ~.
        """
        found = {name: os.environ.get(f"nnUNet_{name}") for name in ("raw", "preprocessed", "results")}
        missing = [f"nnUNet_{name}" for name in ("raw", "preprocessed") if not found[name]]
        if missing:
            raise ValueError(
                f"{' and '.join(missing)} not set: nnU-Net finds its data by the variables nnUNet_raw, "
                "nnUNet_preprocessed and nnUNet_results; export each with the path of a folder"
            )
        literal = [f"nnUNet_{name}={path}" for name, path in found.items() if path and path.startswith("~")]
        if literal:
            raise ValueError(
                f"{' and '.join(literal)}: nnU-Net takes the ~ for the name of a folder; export the whole path, or "
                "leave the quotes out, so that the shell puts your home folder in its place"
            )
        results = found["results"]
        return cls(Path(found["raw"]), Path(found["preprocessed"]), Path(results) if results else None)

    def check_id(self, dataset_id: int, name: str) -> None:
        """Check that no other data set has the id, because nnU-Net refuses to work with two names for one.

        Raises:
            ValueError: naming the folders in the way.
        """
        others = [
            folder
            for root in (self.raw, self.preprocessed, self.results)
            if root is not None and root.is_dir()
            for folder in sorted(root.glob(f"Dataset{dataset_id:03d}*"))
            if folder.is_dir() and folder.name != name
        ]
        if others:
            listed = ", ".join(map(str, others))
            raise ValueError(
                f"data set id {dataset_id} is taken: {listed}; choose another id, or the same name by --name"
            )


def dataset_name(dataset_id: int, name: str) -> str:
    """The folder name that nnU-Net expects, `DatasetXXX_NAME`.

    Raises:
        ValueError: for an id that is not of one to three digits, or a name that nnU-Net or a shell would trip over.
    """
    if not 1 <= dataset_id <= 999:
        raise ValueError(f"data set id: expected 1 to 999 (nnU-Net uses three digits), got {dataset_id}")
    if not _NAME.fullmatch(name) or re.match(r"Dataset\d", name):
        raise ValueError(
            "data set name: expected letters, digits, - and single _ "
            f"(the folder becomes Dataset{dataset_id:03d}_NAME), got {name!r}"
        )
    return f"Dataset{dataset_id:03d}_{name}"


def dataset_json(name: str, treatment: Treatment, training_cases: int) -> dict[str, Any]:
    """Content of dataset.json."""
    options = treatment.options
    levels = f"; levels above the sixth: {options.extra_levels}" if options.extra_levels else ""
    return {
        "channel_names": {"0": CHANNEL},
        "labels": treatment.label_values,
        "numTraining": training_cases,
        "file_ending": FILE_ENDING,
        "overwrite_image_reader_writer": READER,
        "name": name,
        "description": (
            f"Lumbar spine MRI of the SPIDER data set ({', '.join(options.sequences)}; subset: {options.subset}); "
            f"scheme {treatment.scheme_name}: {treatment.scheme.summary}{levels}"
        ),
        "reference": (
            "van der Graaf et al., Lumbar spine segmentation in MR images: a dataset and a public benchmark, "
            "Scientific Data 11:264 (2024), https://doi.org/10.1038/s41597-024-03090-w; "
            "data: https://doi.org/10.5281/zenodo.10159290"
        ),
        "licence": "CC BY 4.0",
        "converted_by": f"nnunet-spine {__version__}",
    }
