"""The hidden folder in which a synthetic data set grows until it is whole."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.synth.config.plain import differences
from nnunet_spine.synthesis.case import RECORDS, Record, record_path

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

    def publish(self, target: Path, records: Sequence[Record]) -> None:
        """Turn the folder into the data set: drop what is not of its images, rename, drop what only the making needed.

        The records stay until then: without them nobody knows which images are finished.

        Raises:
            OSError: if it cannot be renamed; another run goes on with it then.
        """
        images = [record["image"] for record in records]
        expected = {name for record in records for name in record["written"]}
        expected |= {record_path(Path(), image).as_posix() for image in images}
        for name in (*_DATA, RECORDS):
            for path in (self.folder / name).iterdir():
                if f"{name}/{path.name}" not in expected:
                    path.unlink()
        self.folder.rename(target)
        drop_records(target, images)


def drop_records(target: Path, images: Iterable[str]) -> None:
    """Remove from a data set what only the making needed; a run that was killed as it did so left some of it.

    Args:
        target: folder of the data set.
        images: names of all its images.
    """
    if not (target / RECORDS).is_dir():
        return
    (target / SETTINGS).unlink(missing_ok=True)
    for image in images:
        record_path(target, image).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it holds files of others
        (target / RECORDS).rmdir()
