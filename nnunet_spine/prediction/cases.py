"""A model that is loaded once and answers one case after the other."""

from __future__ import annotations

import contextlib
import io
import pickle
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import torch

from nnunet_spine import __version__
from nnunet_spine.dataset_conversion.provenance import fingerprint
from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.plumbing.names import DESCRIPTION
from nnunet_spine.prediction.model import Model
from nnunet_spine.prediction.orientation import other_slices
from nnunet_spine.prediction.target import RECORD, Target, settings_of
from nnunet_spine.steps.device import device_named
from nnunet_spine.steps.predictor import Predictor

_NO_MEMORY = ("out of memory", "not enough memory", "allocate memory")


class CasePredictor:
    """Answers cases.

    Args:
        model: the model.
        device: `cpu`, `cuda`, `mps`, or `auto` for a GPU where there is one.
        threads: of torch on the CPU; None for its own choice.
        mirroring: whether images may be mirrored.

    Raises:
        ValueError: if nnU-Net cannot load the model, or there is no such device.
    """

    def __init__(self, model: Model, device: str, threads: int | None, mirroring: bool) -> None:
        self.model = model
        self.mirroring = mirroring
        if threads is not None:
            torch.set_num_threads(threads)
        where = device_named(device)
        try:
            with _quiet():
                self.predictor = Predictor(model.checkpoints, where, mirroring=mirroring)
        except (RuntimeError, KeyError, AttributeError, TypeError, EOFError, pickle.UnpicklingError) as error:
            raise ValueError(f"model {model.name}: nnU-Net cannot load it: {error}") from error
        self.configuration = self.predictor.host.configuration_manager
        if self.configuration.previous_stage_name:
            raise ValueError(f"model {model.name}: the second stage of a cascade needs the answers of the first")

    def predict(self, image: Path, prepared: Mapping[str, Any], target: Target, preview: bool) -> None:
        """Answer one case and print how long it took.

        Args:
            image: the prepared input; it is removed.
            prepared: what is known of it.
            target: where the answer goes, when it is whole.
            preview: whether a figure goes beside it.

        Raises:
            ValueError: if the memory does not suffice.
        """
        start, case = time.perf_counter(), prepared["case"]
        final = target.answer(case)
        answer = self._answer(image, case, target.work / "answers")
        if preview:
            self._draw(target.picture(case), image, answer)
        if target.file is None:
            write_json(target.folder / DESCRIPTION, self.model.description)
            # The record first: an answer without one would be taken for something else.
            write_json(target.folder / RECORD, target.records() | {case: self._record(prepared, answer, final.name)})
        nothing = not np.asanyarray(nib.load(answer).dataobj).any()
        answer.replace(final)
        image.unlink()
        print(f"{final} ({time.perf_counter() - start:.1f} s)", flush=True)
        self._warn(case, prepared, nothing)

    def _answer(self, image: Path, case: str, folder: Path) -> Path:
        with _quiet(), _memory_errors(case):
            self.predictor.predict(image.parent, [case], folder)
        return folder / f"{case}{self.model.description['file_ending']}"

    def _record(self, prepared: Mapping[str, Any], answer: Path, name: str) -> dict[str, Any]:
        settings = {**settings_of(self.model, self.mirroring), "model": self.model.name, "version": __version__}
        return {**prepared, **settings, "written": {name: fingerprint(answer)}}

    def _draw(self, path: Path, image: Path, answer: Path) -> None:
        from nnunet_spine.prediction.picture import draw_answer

        draw_answer(path, image, answer, self.model.description["labels"], f"{path.stem}, model {self.model.name}")

    def _warn(self, case: str, prepared: Mapping[str, Any], nothing: bool) -> None:
        plans = self.predictor.host.plans_manager
        slices = other_slices(
            prepared["orientation"],
            prepared["spacing_mm"],
            plans.plans["image_reader_writer"],
            plans.transpose_forward[0] if len(self.configuration.patch_size) == 2 else None,
        )
        empty = "nothing was found: is it what the model was trained on?" if nothing else None
        for warning in filter(None, (slices, empty)):
            print(f"warning: {case}: {warning}", flush=True)


@contextlib.contextmanager
def _memory_errors(case: str) -> Iterator[None]:
    """What NumPy and torch raise where the memory does not suffice, as a ValueError that names the case."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or any(text in str(error) for text in _NO_MEMORY):
            raise ValueError(f"{case}: the memory does not suffice for an image of this size: {error}") from error
        raise


def _quiet() -> contextlib.AbstractContextManager[Any]:
    """Without what nnU-Net says of its search for the trainer, and of every case."""
    return contextlib.redirect_stdout(io.StringIO())
