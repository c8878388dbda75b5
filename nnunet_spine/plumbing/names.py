"""What the files of a trained model, and of its answers, are called."""

from __future__ import annotations

PLANS, DESCRIPTION = "plans.json", "dataset.json"
"""In the folder of the model, `DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION`."""

FINAL, LATEST, BEST = "checkpoint_final.pth", "checkpoint_latest.pth", "checkpoint_best.pth"
"""In the folder of a fold: the checkpoint of a finished run, of one under way, and of its best epoch so far."""

ANSWERS = "predictions.json"
"""Beside the answers of `nnunet-spine predict`: of which image each is, and by which model."""
