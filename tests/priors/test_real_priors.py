"""What is known of MRI must be in priors fitted to real slices; skipped where there are none beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.priors.dataset import fit_dataset

SLICES = Path(__file__).resolve().parents[3] / "shared" / "data" / "spider_mid"

pytestmark = pytest.mark.skipif(not SLICES.is_dir(), reason=f"no real SPIDER slices in {SLICES}")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Priors of eight T1 and eight T2 slices."""
    root = tmp_path_factory.mktemp("priors") / "Dataset590_Mid"
    for name in ("imagesTr", "labelsTr"):
        (root / name).mkdir(parents=True)
    for sequence in ("t1", "t2"):
        for image in sorted((SLICES / "images").glob(f"*_{sequence}.mha"))[:8]:
            (root / "imagesTr" / f"{image.stem}_0000.mha").symlink_to(image)
            (root / "labelsTr" / image.name).symlink_to(SLICES / "masks" / image.name)
    labels = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3}
    description = {"channel_names": {"0": "MRI"}, "labels": labels, "numTraining": 16, "file_ending": ".mha"}
    (root / "dataset.json").write_text(json.dumps(description))
    return json.loads(fit_dataset(root, root / "priors.json").read_text())["sequences"]


def test_fluid_is_dark_in_t1_and_bright_in_t2_and_marrow_fat_is_bright_in_t1(fitted):
    mean = {(sequence, name): one["mean"]["normal"][0] for sequence, row in fitted.items() for name, one in row.items()}
    assert mean["t1", "canal"] < mean["t1", "vertebra"]
    assert mean["t1", "disc"] < mean["t1", "vertebra"]
    assert mean["t2", "canal"] > mean["t2", "vertebra"] > mean["t2", "disc"]


def test_deviations_within_a_tissue_are_texture_and_no_difference_between_tissues(fitted):
    stds = [one["std"]["normal"][0] for row in fitted.values() for name, one in row.items() if name != "canal"]
    assert all(0 < std < 0.15 for std in stds)
