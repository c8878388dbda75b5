"""A model whose weights are as they began, as a file, and images to predict."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.cli import main

from ..nnunet_fixtures import blocks, save

Predict = Callable[..., int]


@pytest.fixture(scope="session")
def model_file(untrained_fold: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from nnunet_spine.prediction.export import export_model

    path = tmp_path_factory.mktemp("exported") / "blocks.zip"
    export_model([untrained_fold], path)
    return path


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """The same patient as SPIDER stores images, in its two conventions and two formats."""
    folder = tmp_path / "scans"
    image, _ = blocks(seed=9)
    save(folder / "a.mha", image - 1000, "LPS")
    save(folder / "b.nii.gz", image, "PIR")
    return folder


@pytest.fixture
def predict(model_file: Path, tmp_path: Path) -> Predict:
    """Runs the command with that model; answers go to `out` unless the words say otherwise."""

    def run(*words: object) -> int:
        output = () if "-o" in words else ("-o", tmp_path / "out")
        model = () if "--model" in words else ("--model", model_file)
        return main(["predict", "--device", "cpu", *map(str, (*words, *output, *model))])

    return run


def changed(fold: Path, target: Path, **entries: object) -> Path:
    """A copy of a model with other entries in its dataset.json."""
    folder = target / fold.parent.name
    shutil.copytree(fold.parent, folder)
    description = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps({**description, **entries}))
    return folder
