import math

import pytest
import torch

from nnunet_spine.synth.ranges import Range, log_uniform, normal, uniform


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (3, uniform(3)),
        ([1, 2], uniform(1, 2)),
        ((1.5, 2), uniform(1.5, 2)),
        ({"normal": [0, 2]}, normal(0, 2)),
        ({"log_uniform": [0.1, 2]}, log_uniform(0.1, 2)),
        (uniform(1, 4), uniform(1, 4)),
    ],
)
def test_a_range_is_read_from_what_a_settings_file_can_hold(spec, expected):
    assert Range.parse(spec) == expected


@pytest.mark.parametrize(
    "spec",
    [
        *("x", [1], [1, 2, 3], [2, 1], {"normal": [0, -1]}, {"cauchy": [0, 1]}, [0, math.nan], True, None, {}),
        *({"log_uniform": [0, 1]}, {"log_uniform": [-1, 1]}, {"log_uniform": [2, 1]}, {"log_uniform": 1}),
    ],
)
def test_anything_else_is_refused(spec):
    with pytest.raises(ValueError, match="range"):
        Range.parse(spec)


def test_uniform_has_the_moments_of_a_uniform_law():
    x = uniform(-1, 3).sample((200_000,), rng())
    assert x.min() >= -1
    assert x.max() <= 3
    assert x.mean() == pytest.approx(1, abs=0.02)
    assert x.std() == pytest.approx(4 / math.sqrt(12), abs=0.02)


def test_the_logarithm_of_a_log_uniform_law_has_the_moments_of_a_uniform_one():
    x = log_uniform(0.05, 2).sample((200_000,), rng())
    assert x.min() >= 0.05
    assert x.max() <= 2 + 1e-6
    width = math.log(2 / 0.05)
    assert x.log().mean() == pytest.approx(math.log(0.05) + width / 2, abs=0.02)
    assert x.log().std() == pytest.approx(width / math.sqrt(12), abs=0.02)


def test_normal_has_the_moments_of_a_normal_law():
    x = normal(2, 0.5).sample((200_000,), rng())
    assert x.mean() == pytest.approx(2, abs=0.01)
    assert x.std() == pytest.approx(0.5, abs=0.01)


def test_whole_numbers_include_both_ends_equally():
    x = uniform(3, 5).sample_int((30_000,), rng())
    counts = torch.bincount(x)
    assert counts[:3].sum() == 0
    assert counts[3:] / 30_000 == pytest.approx([1 / 3] * 3, abs=0.02)


def test_the_same_seed_gives_the_same_numbers():
    assert torch.equal(normal(0, 1).sample((5,), rng(7)), normal(0, 1).sample((5,), rng(7)))
    assert not torch.equal(normal(0, 1).sample((5,), rng(7)), normal(0, 1).sample((5,), rng(8)))


@pytest.mark.parametrize("wrong", [normal(5, 2), uniform(3, 5.6), log_uniform(1, 4)])
def test_whole_numbers_of_another_law_are_refused(wrong):
    with pytest.raises(ValueError, match="whole numbers"):
        wrong.sample_int((3,), rng())


@pytest.mark.parametrize(
    "law", [uniform(3), uniform(1.5, 2), normal(0, 0.5), normal(1, 0), uniform(-1e300, 0.1), log_uniform(0.1, 2)]
)
def test_a_range_is_the_same_after_the_way_through_a_settings_file(law):
    assert Range.parse(law.plain()) == law


def test_a_range_is_written_as_in_a_settings_file():
    assert [str(law) for law in (uniform(3.0), uniform(0.5, 2), normal(0, 0.4), log_uniform(0.5, 2))] == [
        "3",
        "[0.5, 2]",
        "{normal: [0, 0.4]}",
        "{log_uniform: [0.5, 2]}",
    ]
