"""What the files of a trained model, of its answers and of their scores are called."""

from __future__ import annotations

PLANS, DESCRIPTION = "plans.json", "dataset.json"
"""In the folder of the model, `DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION`."""

FINAL, LATEST, BEST = "checkpoint_final.pth", "checkpoint_latest.pth", "checkpoint_best.pth"
"""In the folder of a fold: the checkpoint of a finished run, of one under way, and of its best epoch so far."""

FOLD = "fold_"
"""Beginning of the name of a fold's folder."""

ANSWERS = "predictions.json"
"""Beside the answers of `nnunet-spine predict`: of which image each is, and by which model."""

SCORES = ".jsonl"
"""Ending of the files of results of `nnunet-spine evaluate`."""
