from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from torch.utils._python_dispatch import TorchDispatchMode

from nnunet_spine.losses import distance
from nnunet_spine.losses.distance import distance_to, signed_distance, signed_distance_of_classes

SIZES_AND_SPACINGS = [
    ((9,), (1.0,)),
    ((17, 23), (1.0, 1.0)),
    ((40, 31), (0.5, 2.0)),
    ((1, 30), (1.0, 1.0)),
    ((30, 1), (1.0, 1.0)),
    ((6, 17, 14), (1.0, 1.0, 1.0)),
    ((5, 20, 24), (4.4, 1.0, 1.3)),
]


class Operations(TorchDispatchMode):
    """Counts operations, views included."""

    number = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.number += 1
        return function(*args, **(kwargs or {}))


def seeds_of(size: tuple[int, ...], share: float, seed: int = 0) -> torch.Tensor:
    """Masks (2, 3, *S), each with at least one voxel of either kind."""
    masks = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(seed)) < share
    flat = masks.flatten(2)
    flat[..., 0], flat[..., -1] = True, False
    return masks


def scipys(masks: torch.Tensor, spacing: tuple[float, ...]) -> np.ndarray:
    """Distance to the nearest voxel that is True, mask by mask."""
    flat = masks.flatten(0, 1).numpy()
    return np.stack([distance_transform_edt(~mask, sampling=spacing) for mask in flat]).reshape(masks.shape)


@pytest.fixture(params=[2**17, 30], ids=["large blocks", "small blocks"], autouse=True)
def _block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(distance._BLOCK, "cpu", request.param)
    monkeypatch.setattr(distance, "_LARGE_BLOCK", request.param)


@pytest.fixture(params=["as on a CPU", "as on a GPU"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU's way on a CPU: all lines, none left out, and nobody looks at values."""

    def whole(squared, seeds, spacing, reaches):
        distance._transform_whole(squared[None], spacing, reaches)

    if request.param == "as on a GPU":
        monkeypatch.setattr(distance, "_transform_what_is_needed", whole)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(("size", "spacing"), SIZES_AND_SPACINGS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.9])
@pytest.mark.parametrize("farthest", [0.4, 3.0, 4.5, 9.7, np.inf])
def test_distances_are_exact_up_to_the_farthest(size, spacing, share, farthest):
    seeds = seeds_of(size, share)
    expected = scipys(seeds, spacing).clip(max=farthest)
    np.testing.assert_allclose(distance_to(seeds, spacing, farthest), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("size", "spacing"), SIZES_AND_SPACINGS)
def test_signed_distances_are_those_to_the_other_side(size, spacing):
    masks = seeds_of(size, 0.5)
    expected = scipys(masks, spacing) - scipys(~masks, spacing)
    np.testing.assert_allclose(signed_distance(masks, spacing), expected, rtol=1e-5, atol=1e-5)


def test_a_row_of_voxels():
    mask = torch.tensor([0, 0, 1, 1, 1, 0, 0, 0], dtype=torch.bool).view(1, 1, 8)
    assert signed_distance(mask, (1.0,)).flatten().tolist() == [2, 1, -1, -2, -1, 1, 2, 3]
    assert signed_distance(mask, (0.5,)).flatten().tolist() == [1, 0.5, -0.5, -1, -0.5, 0.5, 1, 1.5]


def test_unknown_voxels_are_on_neither_side():
    mask = torch.tensor([0, 0, 1, 1, 1, 0, 0, 0], dtype=torch.bool).view(1, 1, 8)
    known = torch.tensor([1, 1, 1, 1, 1, 0, 0, 1], dtype=torch.bool).view(1, 1, 8)
    got = signed_distance(mask, (1.0,), known).flatten()
    assert got[known.flatten()].tolist() == [2, 1, -1, -2, -3, 3]


@pytest.mark.parametrize("value", [False, True])
def test_without_a_border_there_is_no_distance(value):
    assert (signed_distance(torch.full((1, 2, 6, 5), value), (1.0, 1.0)) == 0).all()


def test_without_a_seed_all_is_far():
    assert distance_to(torch.zeros(4, 5, dtype=torch.bool), (1.0, 1.0)).isposinf().all()


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("value", [False, True])
def test_neither_where_distances_are_cut_off(value):
    """What has no border is not what is far from one."""
    row = torch.full((1, 2, 1, 30), value)
    row[:, 1, :, 0] = not value
    none, far = signed_distance(row, (1.0, 1.0), farthest=4)[0]
    assert (none == 0).all()
    assert far.abs().flatten().tolist() == [1, 1, 2, 3, *[4] * 26]


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("farthest", [3.0, np.inf])
@pytest.mark.parametrize("ignored", [0.0, 0.3])
def test_classes_are_masks_that_exclude_each_other(farthest, ignored):
    """Also one that is absent, and in the second sample one that is everywhere."""
    rng = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 3, (2, 1, 6, 17, 14), generator=rng)
    labels[1] = 1
    counted = torch.rand(labels.shape, generator=rng) >= ignored
    masks = (labels == torch.arange(4).view(1, -1, 1, 1, 1)) & counted
    spacing = (4.4, 1.0, 1.3)
    ours = signed_distance_of_classes(masks, spacing, farthest)
    expected = signed_distance(masks, spacing, counted, farthest)
    torch.testing.assert_close(ours * counted, expected * counted)
    assert ((ours * counted)[1] == 0).all()


def test_on_a_gpu_operations_are_few(monkeypatch):
    """The meta device goes a GPU's way; one of lines one by one takes ten thousand."""
    monkeypatch.undo()
    with Operations() as operations:
        signed_distance_of_classes(torch.zeros(2, 14, 16, 320, 256, dtype=torch.bool, device="meta"), (4, 1, 1), 32)
    assert operations.number < 1000


def test_blobs_in_a_corner_and_all_but_a_blob():
    """What is cropped on a CPU: seeds that are few, and voxels that are not seeds and few."""
    blob = torch.zeros(1, 2, 5, 20, 30, dtype=torch.bool)
    blob[:, 0, :2, 3:7, 22:] = True
    blob[:, 1, 3, 10:12, 14] = True
    for seeds in (blob, ~blob):
        spacing = (4.0, 1.0, 1.5)
        np.testing.assert_allclose(distance_to(seeds, spacing), scipys(seeds, spacing), rtol=1e-5)
