"""Any images -> label maps that lie over them, by a trained model, in this process."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.inputs import Source, find_sources
from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.dataset_conversion.prepare import prepare_sources
from nnunet_spine.dataset_conversion.prepared import read_records
from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem
from nnunet_spine.plumbing.files import make_writable, read_json
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.names import DESCRIPTION
from nnunet_spine.prediction.memory import too_large
from nnunet_spine.prediction.model import Model, opened
from nnunet_spine.prediction.target import Target, conflicts, is_answered, settings_of, target_of


@dataclass(frozen=True)
class Prediction:
    """What to predict.

    Attributes:
        images: image files, folders of them, or folders of DICOM series.
        output: folder for the answers; for one image also a file, `.nii.gz`.
        model: see `prediction.model.opened`.
        device: torch device type, or `auto`: a GPU where there is one.
        threads: of torch on the CPU; None for its own choice, all cores.
        mirroring: whether images may be mirrored, which takes longer, where the model allows it.
        overwrite: whether answers that are there are replaced.
        preview: whether to draw a figure of each answer.
    """

    images: Sequence[Path]
    output: Path
    model: str | None = None
    device: str = "auto"
    threads: int | None = None
    mirroring: bool = True
    overwrite: bool = False
    preview: bool = False


def predict_images(asked: Prediction) -> list[Path]:
    """Predict every image; answers that are there of the same image and model are kept.

    Returns:
        The label maps, on the grids of the images.

    Raises:
        InvalidInputError: with the problems of all images; nothing is predicted then.
        ValueError: if there is no such model, or it is for other images, or the output cannot be.
        OSError: if it cannot be written.
    """
    target = target_of(asked.output)
    sources, problems = _sources(asked.images, target)
    if target.file is not None and len(sources) > 1:
        raise ValueError(f"{target.file}: expected a folder for the answers of {len(sources)} images, got a file")
    with opened(asked.model) as model:
        _require_usable(model, target, asked.overwrite)
        with _writing(target):
            _predict(asked, model, target, sources, problems)
    return [target.answer(one.case) for one in sources]


def _sources(paths: Sequence[Path], target: Target) -> tuple[list[Source], list[Problem]]:
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found, wrong = find_sources(path, except_for=target.folder.resolve())
        except ValueError as error:
            problems.append(Problem(str(path), str(error).removeprefix(f"{path}: ")))
            continue
        if len(paths) > 1:  # where a name alone may be that of several
            folder = path if path.is_dir() else path.parent
            found = [replace(one, label=str(folder / one.label)) for one in found]
            wrong = [replace(one, where=str(folder / one.where)) for one in wrong]
        sources += found
        problems += wrong
    return sources, problems


def _require_usable(model: Model, target: Target, overwrite: bool) -> None:
    channels, ending = len(model.description["channel_names"]), model.description["file_ending"]
    if (channels, ending) != (1, FILE_ENDING):
        raise ValueError(
            f"model {model.name}: expected one for images of 1 channel that end in {FILE_ENDING}, as "
            f"nnunet-spine prepare makes them; it is for {channels} that end in {ending}: use nnUNetv2_predict"
        )
    there = target.folder / DESCRIPTION
    if target.file is None and there.exists() and not overwrite and read_json(there) != model.description:
        raise ValueError(f"{there} is there already, of other labels or images: give another folder for the answers")


@contextlib.contextmanager
def _writing(target: Target) -> Iterator[None]:
    """Hold the target alone, with a folder for work that is gone afterwards; a new target that stays empty goes too."""
    new = not target.folder.exists()
    try:
        make_writable(target.folder)
        with exclusive(target.work.with_suffix(".lock"), str(target.file or target.folder)):
            shutil.rmtree(target.work, ignore_errors=True)  # of a killed process
            target.work.mkdir()
            try:
                yield
            finally:
                shutil.rmtree(target.work, ignore_errors=True)
    finally:
        if new:
            with contextlib.suppress(OSError):
                target.folder.rmdir()


def _predict(
    asked: Prediction, model: Model, target: Target, sources: Sequence[Source], problems: Sequence[Problem]
) -> None:
    waiting, settings = list(sources), settings_of(model, asked.mirroring)
    if not asked.overwrite:
        records = target.records()
        waiting = [one for one in sources if not is_answered(one, target, records.get(one.case), settings)]
        problems = [*problems, *conflicts(waiting, target)]
    if len(waiting) < len(sources):
        print(f"{len(sources) - len(waiting)} of {len(sources)} images have their answers already")
    name = str(asked.images[0]) if len(asked.images) == 1 else f"{len(asked.images)} files and folders"
    inputs = target.work / "inputs"
    prepare_sources(name, waiting, problems, inputs)
    if not waiting:
        return
    prepared = read_records(inputs)
    _require_memory(name, waiting, prepared, model)

    # Torch takes seconds to load: not before the images are known to be fit.
    from nnunet_spine.prediction.cases import CasePredictor

    predictor = CasePredictor(model, asked.device, asked.threads, asked.mirroring)
    for number, source in enumerate(waiting, 1):
        print(f"[{number}/{len(waiting)}]", end=" ", flush=True)
        predictor.predict(inputs / source.file_name, prepared[source.case], target, asked.preview)


def _require_memory(
    name: str, sources: Sequence[Source], prepared: Mapping[str, Mapping[str, Any]], model: Model
) -> None:
    problems = [
        Problem(one.label, text, one.case)
        for one in sources
        if (text := too_large(prepared[one.case]["shape"], model)) is not None
    ]
    if problems:
        raise InvalidInputError(f"{name} cannot be predicted", problems, "nothing was predicted")
