"""What the documentation says of the command is what there is."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_spine.cli import predict
from nnunet_spine.prediction import Prediction, run

PAGE = (Path(__file__).resolve().parents[2] / "docs/predict.md").read_text(encoding="utf-8")


def test_every_option_is_told():
    subparsers = argparse.ArgumentParser().add_subparsers()
    predict.add_parser(subparsers)
    command = subparsers.choices["predict"]
    names = {name for action in command._actions for name in action.option_strings} - {"-h", "--help", "--output"}
    assert [name for name in names if f"`{name}" not in PAGE] == []


def test_the_example_in_python_works(scans: Path, model_file: Path, tmp_path: Path, monkeypatch):
    (scans / "a.mha").rename(tmp_path / "scan.mha")
    monkeypatch.chdir(tmp_path)
    opened = run.opened
    monkeypatch.setattr(run, "opened", lambda given: opened(given or str(model_file)))
    names: dict[str, object] = {}
    exec(PAGE.split("```python\n")[1].split("```")[0], names)
    assert names["Prediction"] is Prediction
    assert names["label_maps"] == [Path("found/scan.nii.gz")]
    assert Path("found/scan.nii.gz").is_file()
