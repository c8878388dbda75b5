"""A model that is loaded once and answers one case after the other."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import torch

from nnunet_spine.finetuning.checkpoints import read_checkpoint
from nnunet_spine.prediction.grid import NetworkGrid
from nnunet_spine.prediction.model import Model
from nnunet_spine.prediction.orientation import other_slices
from nnunet_spine.steps.device import device_named
from nnunet_spine.steps.predictor import Predictor

_NO_MEMORY = ("out of memory", "not enough memory", "allocate memory")


class CasePredictor:
    """Answers cases.

    Args:
        model: the model.
        device: see `device_named`.
        threads: of torch on the CPU; None for its own choice.
        mirroring: whether images may be mirrored.

    Raises:
        ValueError: if nnU-Net cannot load the model, or there is no such device.
    """

    def __init__(self, model: Model, device: str, threads: int | None, mirroring: bool) -> None:
        self.model = model
        where = device_named(device)
        if threads is not None:
            torch.set_num_threads(threads)
        for checkpoint in model.checkpoints:
            read_checkpoint(checkpoint)  # says what is wrong with it, where nnU-Net would not
        with _quiet(), _as_value_error(f"model {model.name}: nnU-Net cannot load it"):
            self.predictor = Predictor(model.checkpoints, where, mirroring=mirroring)
        self.configuration = self.predictor.host.configuration_manager
        if self.configuration.previous_stage_name:
            raise ValueError(f"model {model.name}: the second stage of a cascade needs the answers of the first")
        self.mirroring_axes = tuple(self.predictor.host.allowed_mirroring_axes or ())
        self.mirroring = mirroring and bool(self.mirroring_axes)

    @property
    def grid(self) -> NetworkGrid:
        """The grid on which the network sees images."""
        plans = self.predictor.host.plans_manager
        reader = plans.plans["image_reader_writer"]
        return NetworkGrid(reader, plans.transpose_forward, self.configuration.spacing)

    def predict(self, image: Path, case: str, folder: Path) -> Path:
        """Answer one case.

        Args:
            image: the prepared input.
            case: its name.
            folder: where the label map goes.

        Returns:
            The label map.

        Raises:
            ValueError: if it cannot be predicted, or the memory does not suffice.
            OSError: if the label map cannot be written.
        """
        with _quiet(), _as_value_error("nnU-Net cannot predict it"):
            self.predictor.predict(image.parent, [case], folder)
        return folder / f"{case}{self.model.description['file_ending']}"

    def warnings(self, prepared: Mapping[str, Any], answer: Path) -> list[str]:
        """What is odd about an answer.

        Args:
            prepared: what is known of the image.
            answer: the label map.
        """
        plans = self.predictor.host.plans_manager
        slices = other_slices(
            prepared["orientation"],
            prepared["spacing_mm"],
            plans.plans["image_reader_writer"],
            plans.transpose_forward[0] if len(self.configuration.patch_size) == 2 else None,
        )
        nothing = not np.asanyarray(nib.load(answer).dataobj).any()
        empty = "nothing was found: is it what the model was trained on?" if nothing else None
        return list(filter(None, (slices, empty)))


@contextlib.contextmanager
def _as_value_error(what: str) -> Iterator[None]:
    """Whatever nnU-Net and torch raise for a model or an image that they cannot do with, said in one sentence.

    Which errors these are nobody has written down, from an IndexError in a resampling to an AssertionError; what the
    file system refuses stays as it is.
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError) or any(text in str(error) for text in _NO_MEMORY):
            raise ValueError(f"the memory does not suffice for an image of this size: {error}") from error
        raise ValueError(f"{what}: {type(error).__name__}: {error}") from error


def _quiet() -> contextlib.AbstractContextManager[Any]:
    """Without what nnU-Net says of its search for the trainer, and of every case."""
    return contextlib.redirect_stdout(io.StringIO())
