"""nnU-Net's predictor of a trained model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

from nnunet_spine.plumbing.names import FOLD

_ATTEMPTS = 10


class Predictor:
    """Predicts as nnUNetv2_predict does: overlapping windows, Gaussian weights, mirrored if the training was.

    Args:
        checkpoints: of the same name, each in the folder of a fold; those of several folds answer together.
        device: torch device type.
        workers: processes that read and write beside the network; 0 does that in this process, for a few images or
            where the network needs the same cores. Each of them loads torch first.
        mirroring: whether images may be mirrored.

    Raises:
        ValueError: if there is no such checkpoint.
    """

    def __init__(self, checkpoints: Sequence[Path], device: str, workers: int = 0, mirroring: bool = True) -> None:
        for checkpoint in checkpoints:
            if not checkpoint.is_file():
                raise ValueError(f"{checkpoint}: expected a checkpoint, there is none")
        self.workers = workers
        self.host = nnUNetPredictor(device=torch.device(device), use_mirroring=mirroring, allow_tqdm=False)
        _initialize(self.host, checkpoints)

    def predict(self, images: Path, cases: Sequence[str], output: Path) -> None:
        """Predict cases of a folder of images, anew if there are predictions.

        Args:
            images: folder of `CASE_0000` and further channels.
            cases: their names.
            output: folder for the predictions, with what nnUNetv2_predict notes beside them.

        Raises:
            ValueError: if an image is missing.
        """
        output.mkdir(parents=True, exist_ok=True)
        ending, channels = self.host.dataset_json["file_ending"], len(self.host.dataset_json["channel_names"])
        inputs = [[images / f"{case}_{channel:04d}{ending}" for channel in range(channels)] for case in cases]
        missing = [str(path) for case in inputs for path in case if not path.is_file()]
        if missing:
            raise ValueError(f"{images}: expected images of {len(cases)} cases, there is no {missing[0]}")
        paths = [[str(path) for path in case] for case in inputs]
        outputs = [str(output / case) for case in cases]
        if not self.workers:
            self.host.predict_from_files_sequential(paths, outputs)
        else:
            self.host.predict_from_files(
                paths,
                outputs,
                num_processes_preprocessing=self.workers,
                num_processes_segmentation_export=self.workers,
            )


def require_same_kind(model: Mapping[str, Any], images: Mapping[str, Any], name: str) -> None:
    """Refuse images of another kind than a model was trained on.

    Args:
        model: its dataset.json.
        images: the dataset.json of the images.
        name: what to call the model.

    Raises:
        ValueError: if number of channels or ending of the files differ.
    """
    own, got = _kind_of_images(model), _kind_of_images(images)
    if own != got:
        raise ValueError(f"{name}: expected images of {own}, got {got}")


def _kind_of_images(description: Mapping[str, Any]) -> str:
    channels = len(description["channel_names"])
    return f"{channels} channel{'s' * (channels != 1)} that end in {description['file_ending']}"


def _initialize(host: nnUNetPredictor, checkpoints: Sequence[Path]) -> None:
    """Load the model; another fold that starts at this moment writes plans.json again, which may be half there."""
    folds = tuple(checkpoint.parent.name.removeprefix(FOLD) for checkpoint in checkpoints)
    model, name = checkpoints[0].parents[1], checkpoints[0].name
    for attempt in range(_ATTEMPTS):
        try:
            host.initialize_from_trained_model_folder(str(model), folds, name)
        except ValueError:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.5)
        else:
            return
