"""The answers of one target: which are there, what may be replaced, and how new ones are added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from nnunet_spine import __version__
from nnunet_spine.dataset_conversion.inputs import Source
from nnunet_spine.dataset_conversion.intensity import floor_to_zero
from nnunet_spine.dataset_conversion.prepared import is_from, is_of
from nnunet_spine.dataset_conversion.problems import Problem
from nnunet_spine.dataset_conversion.provenance import fingerprint, is_unchanged
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.plumbing.files import put_in_place, read_json, write_text
from nnunet_spine.prediction.model import Model, meaning_of
from nnunet_spine.prediction.records import Record, is_made, read_records
from nnunet_spine.prediction.target import Target
from nnunet_spine.prediction.volumes import table, volumes_ml

_DIGITS = 8
"""Of a SHA-256 in messages."""

State = Literal["absent", "ours", "changed", "foreign"]
"""Of a file: there or not, written by predict and as it was, changed since, or of someone else."""

_REFUSED: Mapping[State, str] = {
    "ours": "of another image, model or setting; --overwrite replaces it",
    "changed": "and is not as recorded, changed by hand or damaged; --overwrite replaces it",
    "foreign": "and not written by nnunet-spine predict: move it away, or give another output",
}


class Answers:
    """The answers of a target by one model.

    Args:
        target: where they are.
        model: the model.

    Raises:
        ValueError: if what lies there is not ours, or its values mean something else.
    """

    def __init__(self, target: Target, model: Model) -> None:
        self.target, self.model = target, model
        self.records = read_records(target.record)
        self._require_same_labels()
        if target.volumes is not None and target.volumes.exists() and not self.records:
            raise ValueError(f"{target.volumes} is there already, and not of nnunet-spine predict: move it away")

    def has(self, source: Source, mirroring: bool) -> bool:
        """Whether the answer for an image is there, by this model with this setting, as it was written or corrected."""
        path, record = self.target.answer(source.case), self.records.get(source.case)
        return is_made(source, record, self.model.sha256, mirroring) and self._state(path) in ("ours", "changed")

    def is_changed(self, case: str) -> bool:
        """Whether an answer that is there is not as it was written."""
        return self._state(self.target.answer(case)) == "changed"

    def lacks_picture(self, case: str) -> bool:
        """Whether a case has no figure that was drawn here."""
        path = self.target.picture(case)
        return self._state(path) not in ("ours", "changed")

    def conflicts(self, waiting: Sequence[Source], pictures: Sequence[Source], overwrite: bool) -> list[Problem]:
        """Files that would have to be replaced and must not be.

        Args:
            waiting: the images whose answers are to be written.
            pictures: those whose figures are to be drawn.
            overwrite: whether what was written here may be replaced; what was not never is.
        """
        wanted = [(one, self.target.answer(one.case), ("absent",)) for one in waiting]
        wanted += [(one, self.target.picture(one.case), ("absent", "ours")) for one in pictures]
        more: tuple[State, ...] = ("ours", "changed") if overwrite else ()
        return [
            Problem(one.label, f"{path} is there already, {self._refusal(one, path, state)}", one.case)
            for one, path, free in wanted
            if (state := self._state(path)) not in (*free, *more)
        ]

    def renamed(self, waiting: Sequence[Source], sources: Sequence[Source]) -> list[Problem]:
        """Images whose answers are there under another name: a DICOM series is named by what else is asked for.

        Args:
            waiting: the images whose answers are to be written.
            sources: all that are asked for; what is there under the name of one of them is its own.
        """
        own = {one.case for one in sources}
        others = {case: record for case, record in self.records.items() if case not in own and self.target.file is None}
        return [
            Problem(
                one.label,
                f"its answer is there already as {path}, from when other folders were asked for: ask for the same "
                "again, move it away, or give another output",
                one.case,
            )
            for one in waiting
            for case, record in others.items()
            if (path := self.target.answer(case)).exists() and is_of(one, record)
        ]

    def replaced_inputs(self, sources: Iterable[Source]) -> list[Problem]:
        """Images that lie where something is to be written: they are refused, whatever the user says."""
        sources = list(sources)
        place = {_identity(file): one for one in sources for file in one.files}
        paths = [self.target.record, self.target.volumes, self.target.description]
        paths += [get(one.case) for one in sources for get in (self.target.answer, self.target.picture)]
        return [
            Problem(place[_identity(path)].label, f"{path} would replace the image: give another output")
            for path in paths
            if path is not None and path.exists() and _identity(path) in place
        ]

    def add(self, prepared: Mapping[str, Any], answer: Path, mirroring_axes: Sequence[int], mirrored: bool) -> Path:
        """Give an answer its place.

        Args:
            prepared: what is known of the image.
            answer: the label map, on the same file system.
            mirroring_axes: those that the model was trained with.
            mirrored: whether the image was mirrored too.

        Returns:
            Where it is.
        """
        case, final = prepared["case"], self.target.answer(prepared["case"])
        record = {
            **prepared,
            "model": self.model.name,
            "model_sha256": self.model.sha256,
            "version": __version__,
            "mirroring": mirrored,
            "mirroring_axes": list(mirroring_axes),
            "labels": self.model.description["labels"],
            "volumes_ml": volumes_ml(answer, self.model.description["labels"]),
            "written": {final.name: fingerprint(answer)},
        }
        self._remove(self.target.picture(case), "ours")
        self._remove(final, "ours", "changed")
        self.records = {case: record} if self.target.file else self.records | {case: record}
        # The record first: an answer without one would be taken for something else.
        self._write()
        put_in_place(answer, final)
        return final

    def draw(self, source: Source) -> None:
        """Draw the figure of an answer that is there."""
        from nnunet_spine.prediction.picture import draw_answer

        case = source.case
        read, path = source.read(), self.target.picture(case)
        image = Volume(floor_to_zero(read.data).data, read.affine)
        title = f"{path.stem}, model {self.model.name}"
        drawn = self.target.work / path.name
        draw_answer(drawn, image, self.target.answer(case), self.model.description["labels"], title)
        self.records[case]["written"][path.name] = fingerprint(drawn)
        self._write()
        put_in_place(drawn, path)

    def _write(self) -> None:
        if self.target.description is not None and not self.target.description.exists():
            write_json(self.target.description, self.model.meaning)
        write_json(self.target.record, self.records)
        if self.target.volumes is not None:
            write_text(self.target.volumes, table(self.records))

    def _require_same_labels(self) -> None:
        there = self.target.description
        if there is None:
            return
        if there.exists():
            content = read_json(there)
            if not isinstance(content, dict) or meaning_of(content) != self.model.meaning:
                raise ValueError(f"{there} is there already, of other labels or images: give another folder")
        labels = self.model.description["labels"]
        others = [case for case, record in self.records.items() if record["labels"] != labels]
        if others:
            raise ValueError(
                f"{self.target}: answers of other labels are there, such as {others[0]}: give another folder"
            )

    def _remove(self, path: Path, *states: State) -> None:
        """Remove a file of an earlier answer: it would be taken for one of the new record, or show what is not there.

        Args:
            path: of the answer or its figure.
            states: in which it is removed.
        """
        if self._state(path) in states:
            path.unlink()

    def _refusal(self, source: Source, path: Path, state: State) -> str:
        """Why a file that is there is not replaced, and what can be done."""
        record = self._record_of(path)
        if state != "ours" or record is None or self.target.file is not None:
            return _REFUSED[state]
        if not is_of(source, record):
            if is_from(source, record):
                return "of the image before it was changed; --overwrite replaces it"
            advice = "rename one of them" if source.series is None else "give the folder above both, for names apart"
            place = record.get("folder", "another folder")
            return f"of another image of this name, in {place}: {advice}, or give another output"
        if record["model_sha256"] != self.model.sha256:
            old, new = _model(record.get("model"), record["model_sha256"]), _model(self.model.name, self.model.sha256)
            return f"of model {old}, not {new}; --overwrite replaces it"
        return _REFUSED[state]

    def _state(self, path: Path) -> State:
        if not path.exists():
            return "absent"
        record = self._record_of(path)
        if record is None:
            return "foreign"
        return "ours" if is_unchanged(record["written"][path.name], path) else "changed"

    def _record_of(self, path: Path) -> Record | None:
        """The record of the case that a file was written for."""
        return next((one for one in self.records.values() if path.name in one["written"]), None)


def _model(name: str | None, sha256: str) -> str:
    return f"{name or 'without a name'} ({sha256[:_DIGITS]})"


def _identity(path: Path) -> tuple[int, int]:
    """Of a file under whatever name."""
    stat = path.stat()
    return stat.st_dev, stat.st_ino
