"""The hidden folder in which a synthetic data set grows until it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.synth.config.plain import differences
from nnunet_spine.synthesis.case import RECORDS, Record

SETTINGS = "settings.json"
_DATA = ("imagesTr", "labelsTr")


class Staging:
    """Folder `.DatasetXXX.synthesis` beside the data set to be; nnU-Net does not see it.

    It outlives an interruption: every image in it that has a record was written whole. As a context it removes the
    folder in the end where no image is in it.
    """

    def __init__(self, raw: Path, dataset_id: int) -> None:
        """Name the folder; nothing is created.

        Args:
            raw: the folder of nnUNet_raw.
            dataset_id: number of the data set.
        """
        self.folder = raw / f".Dataset{dataset_id:03d}.synthesis"

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind that no other run could go on with."""
        if not self.holds_images():
            shutil.rmtree(self.folder, ignore_errors=True)

    def claim(self, settings: Mapping[str, Any]) -> None:
        """Make the folder, or go on with the one of an interrupted run.

        Raises:
            ValueError: if that run had other settings and has finished images.
        """
        note = self.folder / SETTINGS
        if note.is_file() and self.holds_images():
            other = differences(json.loads(note.read_text(encoding="utf-8")), settings)
            if other:
                listed = "\n  ".join(other)
                raise ValueError(
                    f"{self.folder} is of an interrupted run with other settings (there -> asked for):\n  {listed}\n"
                    "run again with its settings to go on, or remove the folder"
                )
        for name in (*_DATA, RECORDS):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        write_json(note, settings)

    def holds_images(self) -> bool:
        """Whether there are images that another run need not make again."""
        return any((self.folder / RECORDS).glob("[!.]*.json"))

    def publish(self, target: Path, records: Iterable[Record]) -> None:
        """Turn the folder into the data set: drop what does not belong to it, then rename.

        Raises:
            OSError: if it cannot be renamed.
        """
        expected = {name for record in records for name in record["written"]}
        for name in _DATA:
            for path in (self.folder / name).iterdir():
                if f"{name}/{path.name}" not in expected:
                    path.unlink()
        shutil.rmtree(self.folder / RECORDS)
        (self.folder / SETTINGS).unlink()
        self.folder.rename(target)
