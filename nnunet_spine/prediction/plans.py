"""The plans of a model, as far as they are read outside of nnU-Net."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnunet_spine.plumbing.files import read_json

_NEEDED = {"dataset_name": str, "image_reader_writer": str, "transpose_forward": list, "configurations": dict}


def read_plans(file: Path) -> Mapping[str, Any]:
    """Content of a plans.json.

    Raises:
        ValueError: if it lacks something; it names the file.
        OSError: if it cannot be read.
    """
    plans = read_json(file)
    found = plans if isinstance(plans, dict) else {}
    wrong = [key for key, kind in _NEEDED.items() if not isinstance(found.get(key), kind)]
    if wrong:
        raise ValueError(f"{file}: lacks {', '.join(wrong)}, or they are of another kind; expected plans of nnU-Net v2")
    return plans
