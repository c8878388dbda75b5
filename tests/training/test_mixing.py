"""Laws of batches that are real and synthetic: every sample is whole, in its place, and what it was said to be."""

import pickle

import numpy as np
import pytest
import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform

from nnunet_spine.synth import PRESETS, Grid, SynthGenerator
from nnunet_spine.training.batch import TargetMaker, synthesise_batch
from nnunet_spine.training.mixing import REAL_SHARE, RealOrRaw, mix_batch

LOADED = {2: (21, 26), 3: (6, 21, 26)}
PATCH = {2: (16, 20), 3: (4, 16, 20)}
"""Both an odd and an even number of voxels smaller."""


class Cut(BasicTransform):
    """In place of nnU-Net's augmentation: the first voxels, and 100 added to the image."""

    def __init__(self, size: tuple[int, ...]) -> None:
        super().__init__()
        self.size = size

    def apply(self, data_dict: dict, **params) -> dict:
        inside = (..., *(slice(n) for n in self.size))
        return {"image": data_dict["image"][inside] + 100, "segmentation": data_dict["segmentation"][inside]}


class Nothing(BasicTransform):
    def apply(self, data_dict: dict, **params) -> dict:
        return data_dict


def sample(dim: int, seed: int = 0) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (1, *LOADED[dim]), generator=rng).to(torch.int16)
    return {"image": torch.randn(1, *LOADED[dim], generator=rng), "segmentation": labels}


def loaded(dim: int, kinds: list[bool]) -> dict:
    """A batch as nnU-Net's loader stacks it, of samples of the given kinds."""
    made = [RealOrRaw(Cut(PATCH[dim]), Nothing(), float(real))(**sample(dim, i)) for i, real in enumerate(kinds)]
    return {
        "data": torch.stack([one["image"] for one in made]),
        "target": torch.stack([one["segmentation"] for one in made]),
        "keys": [str(i) for i in range(len(kinds))],
    }


def generator(dim: int) -> SynthGenerator:
    return SynthGenerator((0, 1, 2, 3), Grid(PATCH[dim], (1.0,) * dim), PRESETS["report"], LOADED[dim])


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("kinds", [[True, False, False, True, False], [True] * 3, [False] * 3, [True], [False]])
@pytest.mark.parametrize("dim", [2, 3])
def test_every_sample_is_what_it_was_said_to_be_in_its_place(dim, kinds, device):
    batch = loaded(dim, kinds)
    made = mix_batch(batch, generator(dim), TargetMaker(), rng(), torch.device(device))
    assert made["data"].shape == made["target"].shape == (len(kinds), 1, *PATCH[dim])
    assert made["data"].device.type == made["target"].device.type == device
    assert made["keys"] == batch["keys"]
    assert made["target"].dtype == torch.int16
    for i, is_real in enumerate(kinds):
        real = Cut(PATCH[dim])(**sample(dim, i))
        assert torch.equal(made["data"][i].cpu(), real["image"]) is is_real
        assert torch.equal(made["target"][i].cpu(), real["segmentation"]) is is_real
        assert is_real or made["data"][i].abs().max() < 20


def test_synthetic_samples_are_those_of_a_batch_without_real_ones():
    kinds = [False, True, False]
    batch = loaded(2, kinds)
    mixed = mix_batch(batch, generator(2), TargetMaker(), rng(), torch.device("cpu"))
    rows = [0, 2]
    alone = {"data": batch["data"][rows], "target": batch["target"][rows, :1]}
    synthetic = synthesise_batch(alone, generator(2), TargetMaker(), rng(), torch.device("cpu"))
    assert torch.equal(mixed["data"][rows], synthetic["data"])
    assert torch.equal(mixed["target"][rows], synthetic["target"])


def test_targets_have_nnunets_form():
    """Regions with an ignore label, at two scales of deep supervision."""
    make_target = TargetMaker([[1, 2], [3]], [[1.0, 1.0], [0.5, 0.5]])
    made = mix_batch(loaded(2, [True, False]), generator(2), make_target, rng(), torch.device("cpu"))
    assert [target.shape for target in made["target"]] == [(2, 2, 16, 20), (2, 2, 8, 10)]
    labels = Cut(PATCH[2])(**sample(2, 0))["segmentation"][0]
    assert torch.equal(made["target"][0][0, 0], (labels == 1) | (labels == 2))
    assert torch.equal(made["target"][0][0, 1], labels == 3)


def test_batches_are_not_written_to():
    batch = loaded(2, [True, False])
    before = {key: batch[key].clone() for key in ("data", "target")}
    mix_batch(batch, generator(2), TargetMaker(), rng(), torch.device("cpu"))
    assert all(torch.equal(batch[key], before[key]) for key in before)


@pytest.mark.parametrize("share", [0.5, REAL_SHARE])
def test_samples_are_real_at_the_chance_given_wherever_they_stand_in_a_batch(share):
    np.random.seed(0)
    transform = RealOrRaw(Cut(PATCH[2]), Nothing(), share)
    kinds = torch.tensor([[transform(**sample(2))["segmentation"][1, 0, 0] for _ in range(6)] for _ in range(150)])
    assert set(kinds.unique().tolist()) == {0, 1}
    assert (kinds.float().mean(0) - share).abs().max() < 0.15
    assert abs(torch.corrcoef(kinds.float().T)[0, 1:]).max() < 0.3


def test_a_transform_survives_the_way_to_a_spawned_process():
    transform = RealOrRaw(Cut(PATCH[2]), Nothing(), 1.0)
    again = pickle.loads(pickle.dumps(transform))
    for key, value in transform(**sample(2)).items():
        assert torch.equal(again(**sample(2))[key], value)
