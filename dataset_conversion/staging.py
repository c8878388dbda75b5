"""The hidden folder in which a data set grows until it is whole."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.case import RECORDS
from nnunet_spine.dataset_conversion.options import Treatment
from nnunet_spine.dataset_conversion.provenance import is_unchanged
from nnunet_spine.dataset_conversion.spider import Series

_TRAINING, _TEST = ("imagesTr", "labelsTr"), ("imagesTs", "labelsTs")


class Staging:
    """Folder `.DatasetXXX.partial` beside the data set to be; nnU-Net does not see it.

    It outlives an interruption. Every case in it that has a record was written whole, and the record tells of which
    files and with which settings.
    """

    def __init__(self, raw: Path, dataset_id: int) -> None:
        """Name the folder; nothing is created.

        Args:
            raw: the folder of nnUNet_raw.
            dataset_id: number of the data set.
        """
        self.folder = raw / f".Dataset{dataset_id:03d}.partial"

    def create(self) -> None:
        """Make the folders that are missing."""
        for name in (*_TRAINING, *_TEST, RECORDS):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def holds_cases(self) -> bool:
        """Whether there are cases that another run need not make again, if their files and settings stay."""
        return any((self.folder / RECORDS).glob("[!.]*.json"))

    def finished(self, series: Series, treatment: Treatment) -> dict[str, Any] | None:
        """The record of a case that an earlier run finished from the same files with the same settings."""
        path = self.folder / RECORDS / f"{series.case}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        same = record["settings"] == treatment.case_settings() and record["subset"] == series.subset
        unchanged = all(is_unchanged(known, series.root / name) for name, known in record["sources"].items())
        return record if same and unchanged and self._is_whole(record) else None

    def publish(self, target: Path, records: Iterable[dict[str, Any]]) -> None:
        """Turn the folder into the data set: drop what does not belong to it, then rename.

        Args:
            target: the folder of the data set, which does not exist.
            records: those of all cases of the data set.

        Raises:
            OSError: if a file is not as it was written, or the folder cannot be renamed.
        """
        expected = {name for record in records for name in record["written"]}
        for record in records:
            if not self._is_whole(record):
                raise OSError(f"a file of {record['case']} in {self.folder} changed while the others were written")
        shutil.rmtree(self.folder / RECORDS)
        for name in (*_TRAINING, *_TEST):
            for path in (self.folder / name).iterdir():
                if f"{name}/{path.name}" not in expected:
                    path.unlink()
        for name in _TEST:
            if not any((self.folder / name).iterdir()):
                (self.folder / name).rmdir()
        self.folder.rename(target)

    def discard(self) -> None:
        """Remove the folder, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def _is_whole(self, record: dict[str, Any]) -> bool:
        paths = {self.folder / name: size for name, size in record["written"].items()}
        return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())
