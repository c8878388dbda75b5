"""Where the answers go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.plumbing.names import ANSWERS

_OF_A_FILE = (
    *(".nii", ".gz", ".zip", ".mha", ".mhd", ".nrrd", ".nhdr", ".img", ".hdr", ".mgh", ".mgz", ".mnc", ".gipl", ".dcm"),
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf", ".csv", ".json", ".txt", ".npz", ".npy", ".pth"),
)
"""Endings that nobody gives to a folder; any other may be a folder's, such as `results_v1.2` or `found.new`."""


@dataclass(frozen=True)
class Target:
    """A folder for answers, or the one file for the only answer.

    Attributes:
        folder: the folder, of the file too.
        file: the file; None for a folder.
    """

    folder: Path
    file: Path | None = None

    def __str__(self) -> str:
        """As the user named it."""
        return str(self.file or self.folder)

    def answer(self, case: str) -> Path:
        """The label map of a case."""
        return self.file or self.folder / f"{case}{FILE_ENDING}"

    def picture(self, case: str) -> Path:
        """The figure of a case."""
        answer = self.answer(case)
        return answer.with_name(answer.name.removesuffix(FILE_ENDING) + ".png")

    @property
    def record(self) -> Path:
        """What is known of the answers."""
        return self._in(f"{self.file.name.removesuffix(FILE_ENDING)}.{ANSWERS}" if self.file else ANSWERS)

    @property
    def volumes(self) -> Path | None:
        """The table of volumes; none beside a single file."""
        return None if self.file else self._in("volumes.csv")

    @property
    def description(self) -> Path | None:
        """What the values mean, as evaluation finds it in a folder; none beside a single file."""
        return None if self.file else self._in("dataset.json")

    @property
    def beside(self) -> tuple[Path, ...]:
        """All that is written beside the answers and their figures."""
        return tuple(filter(None, (self.record, self.volumes, self.description)))

    @property
    def work(self) -> Path:
        """Folder for what is not whole yet, on the same file system."""
        return self._in(f".{self.file.name}.partial" if self.file else ".predict.partial")

    def _in(self, name: str) -> Path:
        return self.folder / name


def records_in(folder: Path) -> list[Path]:
    """What is known of the answers in a folder, of all targets that are or were in it."""
    return sorted(
        path for path in folder.glob(f"*{ANSWERS}") if path.name == ANSWERS or path.name.endswith(f".{ANSWERS}")
    )


def target_of(output: Path) -> Target:
    """The target of an output as the user names it.

    Raises:
        ValueError: if it is a file that cannot hold an answer, or has the ending of one.
    """
    if output.is_dir():
        return Target(output)
    if output.name.endswith(FILE_ENDING):
        return Target(output.parent, output)
    if output.is_file() or output.suffix.lower() in _OF_A_FILE:
        raise ValueError(
            f"{output}: expected a folder, or for one image a name that ends in {FILE_ENDING}; a folder of such a "
            "name is taken where there is one"
        )
    return Target(output)
