import numpy as np
import pytest

from nnunet_spine.networks import Topology, UNet

from .conftest import flat


def test_factors_are_products_of_strides():
    assert flat().factors == ((1, 1, 1), (1, 2, 2), (1, 4, 4), (2, 8, 8), (2, 16, 8))
    assert flat().divisor == (2, 16, 8)


def test_a_deeper_plan_is_followed_as_far_as_the_network_goes():
    assert Topology.regular(2, 7).with_levels(5) == Topology.regular(2, 5)


def test_levels_beyond_a_shallow_plan_are_not_pooled():
    deeper = Topology.regular(3, 3).with_levels(5)
    assert deeper.strides == ((1, 1, 1), (2, 2, 2), (2, 2, 2), (1, 1, 1), (1, 1, 1))
    assert deeper.divisor == Topology.regular(3, 3).divisor


def test_what_json_and_numpy_give_is_taken():
    listed = Topology([[1, 1], [2, 1]], np.array([[3, 3], [3, 1]]))
    assert listed == Topology(((1, 1), (2, 1)), ((3, 3), (3, 1)))
    assert isinstance(listed.kernel_sizes[0][0], int)


@pytest.mark.parametrize(
    ("strides", "kernel_sizes", "what"),
    [
        ([[2, 2], [2, 2]], [[3, 3]] * 2, "1 at the finest"),
        ([[1, 1], [2, 2]], [[3, 3]] * 3, "same 2 or more levels"),
        ([[1, 1]], [[3, 3]], "same 2 or more levels"),
        ([[1, 1], [2, 2, 2]], [[3, 3]] * 2, "2 axes each or of 3"),
        ([[1], [2]], [[3], [3]], "2 axes each or of 3"),
        ([[1, 1], [2, 2]], [[3, 3], [2, 3]], "odd"),
        ([[1, 1], [2, 0]], [[3, 3]] * 2, "strides: expected whole numbers"),
        ([[1, 1], [2, 1.5]], [[3, 3]] * 2, "strides: expected whole numbers"),
        ([[1, 1], [2, float("inf")]], [[3, 3]] * 2, "strides: expected whole numbers"),
        ([1, 2], [[3, 3]] * 2, "strides: expected whole numbers"),
        ([[1, 1], [2, 2]], [[3, 3], [3, "x"]], "kernel_sizes: expected whole numbers"),
        ([[1, 1], [2, 2]], None, "kernel_sizes: expected whole numbers"),
    ],
)
def test_what_cannot_be_a_network_is_refused(strides, kernel_sizes, what):
    with pytest.raises(ValueError, match=what):
        Topology(strides, kernel_sizes)


@pytest.mark.parametrize("size", [(16, 24), (8, 16), (0, 16), (16,), (16, 16, 16)])
def test_sizes_that_cannot_be_pooled_are_refused(size):
    with pytest.raises(ValueError, match=r"multiple of \(16, 16\), got"):
        Topology.regular(2, 5).check_size(size)


@pytest.mark.parametrize("widths", [(4, 8), (4, 8, 16, 0), ()])
def test_widths_have_to_match_the_levels(widths):
    with pytest.raises(ValueError, match="widths: expected 4"):
        UNet(1, 2, widths, Topology.regular(2, 4))
