"""A trained network, and images in the form in which it sees them at prediction: all by nnU-Net's own means."""

from __future__ import annotations

import contextlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from nibabel.filebasedimages import ImageFileError
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from torch import nn

from nnunet_spine.features.domains import Case, Files
from nnunet_spine.features.layers import Layer, trace
from nnunet_spine.finetuning.model import channels_of, opened_fold
from nnunet_spine.finetuning.network import find_trainer
from nnunet_spine.plumbing.names import FOLD
from nnunet_spine.steps.device import device_named

_NO_IMAGE = -1
_REFUSALS = (AssertionError, ImageFileError, RuntimeError, OSError, EOFError, zlib.error)
"""What readers of damaged files raise, each its own, and nnU-Net where shapes differ; none says which file it is."""


@dataclass(frozen=True)
class Network:
    """One fold of a trained model, ready to run.

    Attributes:
        name: trainer, configuration and fold, for figures.
        fold: its name without `fold_`.
        predictor: nnU-Net's.
        device: where it runs.
    """

    name: str
    fold: str
    predictor: nnUNetPredictor
    device: torch.device

    @property
    def module(self) -> nn.Module:
        """The network itself, whether nnU-Net compiled it or not."""
        return getattr(self.predictor.network, "_orig_mod", self.predictor.network)

    @property
    def tile(self) -> tuple[int, ...]:
        """Size of what it sees at once, the plan's patch size."""
        return tuple(self.predictor.configuration_manager.patch_size)

    @property
    def files(self) -> Files:
        """How its cases are named."""
        description = self.predictor.dataset_json
        return Files(len(channels_of(description)), description["file_ending"])

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """Values in label maps of everything that has a name, the ignore label aside; regions have several."""
        labels = self.predictor.dataset_json["labels"].items()
        return {
            name: tuple(value) if isinstance(value, list | tuple) else (value,)
            for name, value in labels
            if name != "ignore"
        }

    def layers(self) -> list[Layer]:
        """Its layers in the order in which they run."""
        channels = self.files.channels
        return trace(self.module, torch.zeros((1, channels, *self.tile), device=self.device))

    def prepare(self, case: Case) -> tuple[torch.Tensor, torch.Tensor]:
        """Image (C, Z, Y, X) and label map (Z, Y, X) of a case as nnU-Net's preprocessing gives them.

        The label map is the reference, or what the model predicts. It is -1 where nnU-Net found no image.

        Raises:
            ValueError: if a file cannot be read, image and reference differ in shape, or the reference has unknown
                values.
        """
        predictor, reference = self.predictor, case.reference
        preprocessor = predictor.configuration_manager.preprocessor_class(verbose=False)
        try:
            data, labels, _ = preprocessor.run_case(
                [str(path) for path in case.images],
                None if reference is None else str(reference),
                predictor.plans_manager,
                predictor.configuration_manager,
                predictor.dataset_json,
            )
        except _REFUSALS as error:
            files = [*case.images, *([reference] if reference else [])]
            raise ValueError(f"{', '.join(map(str, files))}: {error or type(error).__name__}") from error
        image = torch.from_numpy(np.ascontiguousarray(data, np.float32))
        if reference is None:
            return image, self._predict(image)
        self._check_values(reference, labels)
        return image, torch.from_numpy(labels[0].astype(np.int16))

    def _predict(self, image: torch.Tensor) -> torch.Tensor:
        logits = self.predictor.predict_sliding_window_return_logits(image).float().cpu()
        return self.predictor.label_manager.convert_logits_to_segmentation(logits).short()

    def _check_values(self, reference: Path, labels: np.ndarray) -> None:
        manager = self.predictor.label_manager
        unknown = set(np.unique(labels).tolist()) - {_NO_IMAGE, *manager.all_labels, manager.ignore_label}
        if unknown:
            raise ValueError(f"{reference}: values {sorted(unknown)} are none of the model's labels {self.labels}")


def load_network(given: str, device: str) -> Network:
    """Load one fold of a trained model.

    Args:
        given: see `nnunet_spine.prediction.model.located`; with one fold.
        device: see `nnunet_spine.steps.device.device_named`.

    Raises:
        ValueError: if there is no such model, its trainer is unknown, or it is the second stage of a cascade.
    """
    where = torch.device(device_named(device))
    with opened_fold(given) as (model, checkpoint):
        find_trainer(model.trainer)
        fold = checkpoint.parent.name.removeprefix(FOLD)
        # It says how it searches for the trainer, and of the device what matters to predictions only.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            predictor = nnUNetPredictor(
                device=where, perform_everything_on_device=where.type == "cuda", allow_tqdm=False
            )
            predictor.initialize_from_trained_model_folder(str(checkpoint.parents[1]), (fold,), checkpoint.name)
    network = Network(f"{model.trainer}, {model.configuration}, fold {fold}", fold, predictor, where)
    network.module.to(where).eval()
    return network
