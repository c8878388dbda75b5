"""The record of a synthetic data set: settings, and seed and source of every image."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnunet_spine.plumbing.datasets import RawCase, RawDataset
from nnunet_spine.synth.config.plain import differences
from nnunet_spine.synthesis.case import Record, is_of, is_whole

MANIFEST = "synthesis.json"


def build_manifest(source: RawDataset, settings: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    """What there is to know of a data set.

    Args:
        source: what it was made of.
        settings: all that the images depend on, the content of the source's files aside.
        records: of every image.
    """
    packages = ("torch", "numpy", "nibabel")
    return {
        "settings": dict(settings),
        "source": str(source.folder.resolve()),
        "versions": {"python": platform.python_version(), **{package: version(package) for package in packages}},
        "images": list(records),
    }


def differences_to(folder: Path, settings: Mapping[str, Any], cases: Sequence[RawCase]) -> list[str]:
    """In what an existing data set is not the one that would be made now; empty for the same.

    Args:
        folder: the data set in nnUNet_raw.
        settings: what is asked for.
        cases: of the source.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        there, images = manifest["settings"], manifest["images"]
    except (OSError, ValueError, KeyError):
        return [f"it has no readable {MANIFEST}, so it was not made by nnunet-spine synthesize"]
    return differences(there, settings) or _case_differences(folder, images, {case.name: case for case in cases})


def _case_differences(folder: Path, images: Sequence[Record], cases: Mapping[str, RawCase]) -> list[str]:
    there = {record["case"] for record in images}
    changed = {r["case"] for r in images if r["case"] in cases and not is_of(cases[r["case"]], r)}
    return [
        *(f"{name}: new in the source" for name in sorted(cases.keys() - there)),
        *(f"{name}: no longer in the source" for name in sorted(there - cases.keys())),
        *(f"{name}: changed in the source" for name in sorted(changed)),
        *(f"{r['image']}: missing or changed in the data set" for r in images if not is_whole(folder, r)),
    ]
