"""Any images -> label maps that lie over them, by a trained model, in this process."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnunet_spine.dataset_conversion.inputs import Found, Source
from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.dataset_conversion.prepare import prepare_sources
from nnunet_spine.dataset_conversion.prepared import read_records
from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem
from nnunet_spine.plumbing.files import errors_in, new_folder
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.names import FINAL
from nnunet_spine.prediction.answers import Answers
from nnunet_spine.prediction.grid import misfit
from nnunet_spine.prediction.images import find_images
from nnunet_spine.prediction.model import Model, opened
from nnunet_spine.prediction.target import Target, target_of

if TYPE_CHECKING:
    from nnunet_spine.prediction.cases import CasePredictor


@dataclass(frozen=True)
class Prediction:
    """What to predict.

    Attributes:
        images: image files, folders of them, or folders of DICOM series.
        output: folder for the answers; for one image also a file, `.nii.gz`.
        model: see `prediction.model.opened`.
        device: `cpu`, `cuda`, `cuda:1`, `mps`, or `auto`: CUDA where there is it, else MPS, else the CPU.
        threads: of torch on the CPU; None for its own choice, all cores.
        mirroring: whether images may be mirrored, which takes longer, where the model allows it.
        overwrite: whether answers that are there are replaced.
        preview: whether to draw a figure of each answer.

    Raises:
        ValueError: if there are no threads.
    """

    images: Sequence[Path]
    output: Path
    model: str | None = None
    device: str = "auto"
    threads: int | None = None
    mirroring: bool = True
    overwrite: bool = False
    preview: bool = False

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads: expected at least 1, got {self.threads}")

    @property
    def name(self) -> str:
        """What to call the images in messages."""
        return str(self.images[0]) if len(self.images) == 1 else f"{len(self.images)} files and folders"


def predict_images(asked: Prediction) -> list[Path]:
    """Predict every image; answers that are there of the same image and model are kept.

    Returns:
        The label maps, on the grids of the images.

    Raises:
        InvalidInputError: with the problems of all images, before anything is predicted; or at the end, with those of
            the images that could not be predicted, while the others have their answers.
        ValueError: if there is no such model, or it is for other images, or the output cannot be.
        OSError: if it cannot be written.
    """
    target = target_of(asked.output)
    found = find_images(asked.images, target)
    for one in found.passed_over:
        print(f"passed over: {one}", flush=True)
    with opened(asked.model) as model:
        _require_usable(model)
        with _writing(target):
            _predict(asked, model, target, found)
    return [target.answer(one.case) for one in found.sources]


def _require_usable(model: Model) -> None:
    channels, ending = len(model.description["channel_names"]), model.description["file_ending"]
    if (channels, ending) != (1, FILE_ENDING):
        raise ValueError(
            f"model {model.name}: expected one for images of 1 channel that end in {FILE_ENDING}, as "
            f"nnunet-spine prepare makes them; it is for {channels} that end in {ending}: use nnUNetv2_predict"
        )
    if model.unfinished:
        print(f"model {model.name}: without {', '.join(model.unfinished)}, where there is no {FINAL}")


@contextlib.contextmanager
def _writing(target: Target) -> Iterator[None]:
    """Hold the target alone, with a folder for work that is gone afterwards; a new target that stays empty goes too."""
    lock = target.work.with_suffix(".lock")
    with errors_in(target.folder, Path(str(target))), new_folder(target.folder), exclusive(lock, str(target)):
        shutil.rmtree(target.work, ignore_errors=True)  # of a killed process
        target.work.mkdir()
        try:
            yield
        finally:
            shutil.rmtree(target.work, ignore_errors=True)


def _predict(asked: Prediction, model: Model, target: Target, found: Found) -> None:
    answers = Answers(target, model)
    waiting = [one for one in found.sources if asked.overwrite or not answers.has(one, asked.mirroring)]
    kept = [one for one in found.sources if one not in waiting]
    undrawn = [one for one in kept if asked.preview and answers.lacks_picture(one.case)]
    if kept:
        print(f"{len(kept)} of {len(found.sources)} images have their answers already")
    pictures = [*undrawn, *waiting] if asked.preview else []
    problems = answers.replaced_inputs(found.sources) or answers.conflicts(waiting, pictures, asked.overwrite)
    problems += found.problems
    # Whatever can be refused is refused before images are prepared, which may take long.
    predictor = _loaded(asked, model) if waiting and not problems else None
    inputs = target.work / "inputs"
    prepare_sources(asked.name, waiting, problems, inputs)
    for one in undrawn:
        answers.draw(one)
        print(target.picture(one.case), flush=True)
    if predictor is not None:
        prepared = read_records(inputs)
        _require_fit(asked.name, waiting, prepared, predictor)
        _answer_all(asked, waiting, prepared, predictor, answers)


def _loaded(asked: Prediction, model: Model) -> CasePredictor:
    # Torch takes seconds to load: only where there is something to predict.
    from nnunet_spine.prediction.cases import CasePredictor

    return CasePredictor(model, asked.device, asked.threads, asked.mirroring)


def _require_fit(
    name: str, sources: Sequence[Source], prepared: Mapping[str, Mapping[str, Any]], predictor: CasePredictor
) -> None:
    grid, classes = predictor.grid, len(predictor.model.description["labels"])
    problems = [
        Problem(one.label, why, one.case)
        for one in sources
        if (why := misfit(prepared[one.case], grid, classes)) is not None
    ]
    if problems:
        raise InvalidInputError(f"{name} cannot be predicted", problems, "nothing was predicted")


def _answer_all(
    asked: Prediction,
    sources: Sequence[Source],
    prepared: Mapping[str, Mapping[str, Any]],
    predictor: CasePredictor,
    answers: Answers,
) -> None:
    """One after the other; an image that cannot be predicted does not keep the others from their answers."""
    failed = []
    for number, source in enumerate(sources, 1):
        print(f"[{number}/{len(sources)}] {source.case}: ", end="", flush=True)
        try:
            _answer(source, prepared[source.case], predictor, answers, asked.preview)
        except ValueError as error:
            print("failed", flush=True)
            failed.append(Problem(source.label, str(error), source.case))
    if failed:
        done = f"{len(sources) - len(failed)} of {len(sources)} were predicted"
        raise InvalidInputError(f"{asked.name}: not all could be predicted", failed, done)


def _answer(
    source: Source, prepared: Mapping[str, Any], predictor: CasePredictor, answers: Answers, preview: bool
) -> None:
    start, work = time.perf_counter(), answers.target.work
    image = work / "inputs" / source.file_name
    made = predictor.predict(image, source.case, work / "answers")
    image.unlink()
    final = answers.add(prepared, made, predictor.mirroring_axes, predictor.mirroring)
    if preview:
        answers.draw(source)
    print(f"{final} ({time.perf_counter() - start:.1f} s)", flush=True)
    for warning in predictor.warnings(prepared, final):
        print(f"warning: {source.case}: {warning}", flush=True)
