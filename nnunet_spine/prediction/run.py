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
from nnunet_spine.dataset_conversion.prepare import of_one_name, prepare_sources
from nnunet_spine.dataset_conversion.prepared import read_records
from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem, reason_of
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
    lock, name = target.work.with_suffix(".lock"), Path(str(target))
    with contextlib.ExitStack() as held:
        with errors_in([target.folder], name):
            held.enter_context(new_folder(target.folder))
            held.enter_context(exclusive(lock, str(target)))
        # Not the whole folder: images may lie in it too.
        held.enter_context(errors_in([target.work, *target.beside], name))
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
    _tell_kept(kept, len(found.sources), answers)
    problems = [*_refused(asked, found.sources, waiting, undrawn, answers), *found.problems]
    # Whatever can be refused is refused before images are prepared, which may take long.
    predictor = _loaded(asked, model) if waiting and not problems else None
    inputs = target.work / "inputs"
    prepare_sources(asked.name, waiting, problems, inputs, doing="predicted")
    failed: list[Problem] = []
    not_drawn: list[Problem] = []
    if predictor is not None:
        prepared = read_records(inputs)
        _require_fit(asked.name, waiting, prepared, predictor)
        failed, not_drawn = _answer_all(asked, waiting, prepared, predictor, answers)
    for one in undrawn:
        missing = _drawn(one, answers)
        not_drawn += missing
        print(f"{target.picture(one.case)}{': failed' * bool(missing)}", flush=True)
    if failed or not_drawn:
        done = f"{len(waiting) - len(failed)} of {len(waiting)} were predicted" * bool(waiting)
        heading = f"{asked.name}: not all could be {'predicted' if failed else 'drawn'}"
        raise InvalidInputError(heading, [*failed, *not_drawn], done)


def _tell_kept(kept: Sequence[Source], count: int, answers: Answers) -> None:
    if kept:
        print(
            "the image has its answer already"
            if count == 1
            else f"{len(kept)} of {count} images have their answers already"
        )
    for one in kept:
        if answers.is_changed(one.case):
            path = answers.target.answer(one.case)
            print(f"{path} is not as recorded, changed by hand or damaged: kept; --overwrite replaces it", flush=True)


def _refused(
    asked: Prediction,
    sources: Sequence[Source],
    waiting: Sequence[Source],
    undrawn: Sequence[Source],
    answers: Answers,
) -> list[Problem]:
    """What stands in the way of the answers, whatever the images hold."""
    replaced = answers.replaced_inputs(sources)
    if replaced:
        return replaced
    same = of_one_name(sources)
    named = {problem.case for problem in same}
    new = [one for one in waiting if one.case not in named]
    pictures = [*undrawn, *new] if asked.preview else []
    return [*same, *answers.renamed(new, sources), *answers.conflicts(new, pictures, asked.overwrite)]


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
) -> tuple[list[Problem], list[Problem]]:
    """One after the other; an image that cannot be predicted does not keep the others from their answers.

    Returns:
        What could not be predicted, and what could not be drawn.
    """
    failed, not_drawn = [], []
    for number, source in enumerate(sources, 1):
        print(f"[{number}/{len(sources)}] {source.case}: ", end="", flush=True)
        try:
            not_drawn += _answer(source, prepared[source.case], predictor, answers, asked.preview)
        except (ValueError, MemoryError) as error:
            print("failed", flush=True)
            failed.append(Problem(source.label, reason_of(error), source.case))
    return failed, not_drawn


def _answer(
    source: Source, prepared: Mapping[str, Any], predictor: CasePredictor, answers: Answers, preview: bool
) -> list[Problem]:
    """Predict one image; what could not be drawn of it is returned."""
    start, work = time.perf_counter(), answers.target.work
    image = work / "inputs" / source.file_name
    made = predictor.predict(image, source.case, work / "answers")
    image.unlink()
    final = answers.add(prepared, made, predictor.mirroring_axes, predictor.mirroring)
    not_drawn = _drawn(source, answers) if preview else []
    print(f"{final} ({time.perf_counter() - start:.1f} s){', not drawn' * bool(not_drawn)}", flush=True)
    for warning in predictor.warnings(prepared, final):
        print(f"warning: {source.case}: {warning}", flush=True)
    return not_drawn


def _drawn(source: Source, answers: Answers) -> list[Problem]:
    """Draw the figure of an answer; why it could not be drawn, which does not concern the answer."""
    try:
        answers.draw(source)
    except (ValueError, OSError, MemoryError) as error:
        return [Problem(source.label, f"predicted, not drawn: {reason_of(error)}", source.case)]
    return []
