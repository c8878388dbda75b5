"""What comes in at one side is what is at the other."""

import pytest
import torch

from nnunet_spine.synth.artefacts import WrapParams, apply_wrap

SIZE = (12, 10)


def wrap(fold_mm: float, strength: float, axis: int, far: bool) -> WrapParams:
    numbers = torch.tensor([fold_mm]), torch.tensor([strength]), torch.tensor([axis]), torch.tensor([far])
    return WrapParams(torch.tensor([True]), *numbers)


@pytest.mark.parametrize("axis", [-2, -1])
@pytest.mark.parametrize("far", [False, True])
def test_the_strip_gets_what_is_at_the_opposite_side(axis, far, layout_of, scene_of):
    layout = layout_of(*SIZE, spacing_mm=(2.0, 0.5))
    x = torch.rand(1, 1, *SIZE)
    y = apply_wrap(x.clone(), wrap(3 * layout.grid.spacing_mm[axis], 0.5, axis, far), scene_of(layout))
    added, n = (y - x).movedim(axis, 0), SIZE[axis]
    strip, rest, opposite = slice(0, 3), slice(3, n), slice(n - 3, n)
    if far:
        strip, rest, opposite = opposite, slice(0, n - 3), strip
    torch.testing.assert_close(added[strip], 0.5 * x.movedim(axis, 0)[opposite])
    assert added[rest].abs().max() == 0


def test_a_strip_wider_than_the_image_is_the_image(layout_of, scene_of):
    x = torch.rand(1, 1, *SIZE)
    y = apply_wrap(x.clone(), wrap(500, 1.0, -2, True), scene_of(layout_of(*SIZE)))
    torch.testing.assert_close(y, 2 * x)


def test_overlapping_strips_are_taken_from_the_image_before(layout_of, scene_of):
    x = torch.rand(1, 1, *SIZE)
    y = apply_wrap(x.clone(), wrap(8, 1.0, -2, False), scene_of(layout_of(*SIZE)))
    torch.testing.assert_close(y[..., :8, :], x[..., :8, :] + x[..., 4:, :])
