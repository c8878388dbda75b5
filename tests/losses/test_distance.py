from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from nnunet_spine.losses import distance
from nnunet_spine.losses.distance import distance_to, signed_distance

SIZES_AND_SPACINGS = [
    ((9,), (1.0,)),
    ((17, 23), (1.0, 1.0)),
    ((40, 31), (0.5, 2.0)),
    ((1, 30), (1.0, 1.0)),
    ((30, 1), (1.0, 1.0)),
    ((6, 17, 14), (1.0, 1.0, 1.0)),
    ((5, 20, 24), (4.4, 1.0, 1.3)),
]


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


@pytest.mark.parametrize(("size", "spacing"), SIZES_AND_SPACINGS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.9])
def test_distances_are_exact(size, spacing, share):
    seeds = seeds_of(size, share)
    np.testing.assert_allclose(distance_to(seeds, spacing), scipys(seeds, spacing), rtol=1e-5, atol=1e-5)


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


def test_where_nobody_looks_at_values_the_same_comes_out():
    """As on a GPU: all lines, none left out."""
    seeds = seeds_of((25, 18), 0.03)
    squared = torch.where(seeds, 0.0, torch.inf)
    distance._transform(squared.view(-1, 25, 18), (1.0, 1.5), (slice(0, 25), slice(0, 18)))
    torch.testing.assert_close(squared.sqrt(), distance_to(seeds, (1.0, 1.5)))


def test_blobs_in_a_corner_and_all_but_a_blob():
    """What is cropped on a CPU: seeds that are few, and voxels that are not seeds and few."""
    blob = torch.zeros(1, 2, 5, 20, 30, dtype=torch.bool)
    blob[:, 0, :2, 3:7, 22:] = True
    blob[:, 1, 3, 10:12, 14] = True
    for seeds in (blob, ~blob):
        spacing = (4.0, 1.0, 1.5)
        np.testing.assert_allclose(distance_to(seeds, spacing), scipys(seeds, spacing), rtol=1e-5)
