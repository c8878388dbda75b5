"""Where the answers go, and which of them are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.inputs import Source
from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.dataset_conversion.prepared import is_of
from nnunet_spine.dataset_conversion.problems import Problem
from nnunet_spine.dataset_conversion.provenance import FORMAT, is_unchanged
from nnunet_spine.plumbing.files import read_json
from nnunet_spine.prediction.model import Model

RECORD = "predictions.json"

Record = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A folder for answers, or the one file for the only answer.

    Attributes:
        folder: the folder, of the file too.
        file: the file; None for a folder.
    """

    folder: Path
    file: Path | None = None

    def answer(self, case: str) -> Path:
        """The label map of a case."""
        return self.file or self.folder / f"{case}{FILE_ENDING}"

    def picture(self, case: str) -> Path:
        """The figure of a case."""
        answer = self.answer(case)
        return answer.with_name(answer.name.removesuffix(FILE_ENDING) + ".png")

    @property
    def work(self) -> Path:
        """Folder for what is not whole yet, on the same file system."""
        return self.folder / (f".{self.file.name}.partial" if self.file else ".predict.partial")

    def records(self) -> dict[str, Record]:
        """What is known of the answers in a folder, by case."""
        path = self.folder / RECORD
        return read_json(path) if self.file is None and path.is_file() else {}


def target_of(output: Path) -> Target:
    """The target of an output as the user names it.

    Raises:
        ValueError: if it is a file that cannot hold an answer.
    """
    if output.is_dir():
        return Target(output)
    if output.name.endswith(FILE_ENDING):
        return Target(output.parent, output)
    if output.is_file() or output.suffix in (".nii", ".mha", ".nrrd", ".dcm", ".png"):
        raise ValueError(f"{output}: expected a folder, or for one image a name that ends in {FILE_ENDING}")
    return Target(output)


def is_answered(source: Source, target: Target, record: Record | None, settings: Mapping[str, Any]) -> bool:
    """Whether the answer for an image is there, as it was written, made with these settings of the image as it is."""
    if record is None or record["format"] != FORMAT or not is_of(source, record):
        return False
    path = target.answer(source.case)
    if any(record.get(key) != value for key, value in settings.items()) or not path.is_file():
        return False
    return is_unchanged(record["written"][path.name], path)


def conflicts(waiting: Sequence[Source], target: Target) -> list[Problem]:
    """Files that would have to be replaced."""
    return [
        Problem(
            one.label,
            f"{target.answer(one.case)} is there already, of another image, model or setting, or changed since; "
            "--overwrite replaces it",
            one.case,
        )
        for one in waiting
        if target.answer(one.case).exists()
    ]


def settings_of(model: Model, mirroring: bool) -> Record:
    """What decides about an answer beside the image."""
    return {"model_sha256": model.sha256, "mirroring": mirroring}
