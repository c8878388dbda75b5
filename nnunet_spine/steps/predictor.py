"""nnU-Net's predictor of one checkpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

_ATTEMPTS = 10


class Predictor:
    """Predicts as nnUNetv2_predict does: overlapping windows, Gaussian weights, mirrored if the training was.

    Args:
        checkpoint: in the folder of a fold.
        description: dataset.json of the images.
        threads: of torch on the CPU; processes that read and write on a GPU.
        device: torch device type.

    Raises:
        ValueError: if there is no such checkpoint, or it is for other images.
    """

    def __init__(self, checkpoint: Path, description: Mapping[str, Any], threads: int, device: str) -> None:
        if not checkpoint.is_file():
            raise ValueError(f"{checkpoint}: expected a checkpoint, there is none")
        torch.set_num_threads(threads if device == "cpu" else 1)
        self.threads = threads
        self.host = nnUNetPredictor(device=torch.device(device), allow_tqdm=False)
        _initialize(self.host, checkpoint)
        own, got = (_kind_of_images(one) for one in (self.host.dataset_json, description))
        if own != got:
            raise ValueError(f"{checkpoint}: expected images of {own}, got {got}")

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
        if self.host.device.type == "cpu":
            # Workers would take the cores from the network, and each of them loads torch first.
            self.host.predict_from_files_sequential(paths, outputs)
        else:
            processes = max(1, self.threads // 2)
            self.host.predict_from_files(
                paths,
                outputs,
                num_processes_preprocessing=processes,
                num_processes_segmentation_export=processes,
            )


def _kind_of_images(description: Mapping[str, Any]) -> str:
    channels = len(description["channel_names"])
    return f"{channels} channel{'s' * (channels != 1)} that end in {description['file_ending']}"


def _initialize(host: nnUNetPredictor, checkpoint: Path) -> None:
    """Load the model; another fold that starts at this moment writes plans.json again, which may be half there."""
    fold = checkpoint.parent.name.removeprefix("fold_")
    for attempt in range(_ATTEMPTS):
        try:
            host.initialize_from_trained_model_folder(str(checkpoint.parents[1]), (fold,), checkpoint.name)
        except ValueError:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.5)
        else:
            return
