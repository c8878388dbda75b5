"""Laws that every condition keeps."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.volume import Grid, Volume
from nnunet_spine.degradation import CONDITIONS, Degradation

from .conftest import affine_of, textured

SHAPE, SPACING_MM = (24, 48, 60), (3.0, 0.8, 0.5)
LEVELS = {
    "resolution": (1.5, 2, 3),
    "slice thickness": (1.5, 2, 3),
    "voxel size": (1.5, 2, 3),
    "noise": (0.05, 0.1, 0.2),
    "bias": (0.2, 0.5, 1.0),
    "motion": (0.1, 0.3, 1.0),
    "gamma": (1.2, 1.5, 2.5),
}
RANDOM = {"noise", "bias", "motion"}


@pytest.fixture
def volume() -> Volume:
    """A phantom with grain."""
    return Volume(textured(SHAPE), affine_of(SPACING_MM))


def applied(volume: Volume, name: str, level: float, seed: int = 0, case: str = "1_t1", channel: str = "0000"):
    return Degradation(name, level, seed).apply(volume, case, channel).data


def test_there_are_levels_of_all_conditions():
    assert LEVELS.keys() == CONDITIONS.keys()


@pytest.mark.parametrize("name", LEVELS)
def test_at_the_neutral_level_the_image_is_the_same_object(name: str, volume: Volume):
    degradation = Degradation(name, CONDITIONS[name].scale.neutral)
    assert degradation.changes_nothing
    assert degradation.apply(volume, "1_t1", "0000") is volume


@pytest.mark.parametrize("name", LEVELS)
def test_the_error_grows_with_the_level(name: str, volume: Volume):
    errors = [np.sqrt(np.mean((applied(volume, name, level) - volume.data) ** 2)) for level in LEVELS[name]]
    assert errors[0] > 0
    assert np.all(np.diff(errors) > 0)


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_every_type_of_intensities_gives_the_same_float32(name: str, dtype: type, volume: Volume):
    degraded = applied(Volume(volume.data.astype(dtype), volume.affine), name, LEVELS[name][1])
    assert degraded.dtype == np.float32
    np.testing.assert_array_equal(degraded, applied(volume, name, LEVELS[name][1]))
    assert degraded.min() >= 0


@pytest.mark.parametrize("name", LEVELS)
def test_the_unit_of_intensities_does_not_matter(name: str, volume: Volume):
    level = LEVELS[name][1]
    brighter = applied(Volume(1000 * volume.data, volume.affine), name, level)
    np.testing.assert_allclose(brighter, 1000 * applied(volume, name, level), rtol=1e-4)
    assert brighter.max() > 255


@pytest.mark.parametrize("name", sorted(LEVELS.keys() - {"slice thickness", "voxel size"}))
def test_a_single_slice_will_do(name: str, volume: Volume):
    single = Volume(volume.data[12:13], volume.affine)
    degraded = applied(single, name, LEVELS[name][1])
    assert degraded.shape == single.data.shape
    assert np.isfinite(degraded).all()
    assert np.abs(degraded - single.data).max() > 0


@pytest.mark.parametrize("name", LEVELS)
def test_what_is_random_depends_on_seed_and_case(name: str, volume: Volume):
    level = LEVELS[name][1]
    degraded = applied(volume, name, level)
    np.testing.assert_array_equal(applied(volume, name, level), degraded)
    for other in ({"seed": 1}, {"case": "1_t2"}):
        assert np.array_equal(applied(volume, name, level, **other), degraded) == (name not in RANDOM)


@pytest.mark.parametrize("name", LEVELS)
def test_channels_have_the_same_motion_and_coil_and_noise_of_their_own(name: str, volume: Volume):
    first, second = (applied(volume, name, LEVELS[name][1], channel=channel) for channel in ("0000", "0001"))
    assert np.array_equal(first, second) == (name != "noise")


def test_noise_of_a_higher_level_is_the_same_noise():
    flat = Volume(np.full(SHAPE, 1000.0), affine_of(SPACING_MM))
    weak, strong = (applied(flat, "noise", level).astype(float) - 1000 for level in (0.01, 0.02))
    assert np.corrcoef(weak.ravel(), strong.ravel())[0, 1] > 0.999


def test_gamma_keeps_order_and_ends():
    data = np.linspace(0.0, 90.0, 24 * 20).reshape(1, 24, 20)
    for level in (0.4, 2.5):
        degraded = applied(Volume(data, np.eye(4)), "gamma", level).ravel()
        np.testing.assert_allclose(degraded, 90 * (data.ravel() / 90) ** level, rtol=1e-6)
        assert np.all(np.diff(degraded) >= 0)
        assert degraded[-1] == 90


@pytest.mark.parametrize(
    ("name", "level", "folder"),
    [("resolution", 2, "resolution_2"), ("slice thickness", 1.5, "slice_thickness_1.5"), ("noise", 0.05, "noise_0.05")],
)
def test_folders_are_named_by_condition_and_level(name: str, level: float, folder: str):
    assert Degradation(name, level).folder == folder


def test_the_record_says_what_was_done():
    assert Degradation("noise", 0.1, 7).record() == {
        "condition": "noise",
        "level": 0.1,
        "unit": "share of the signal of tissue",
        "seed": 7,
        "settings": {},
    }
    record = Degradation("resolution", 2, 7).record()
    assert record["seed"] is None, "nothing is random, so another seed makes the same images"
    assert record["settings"] == {"window": "Tukey", "taper": 0.5}


@pytest.mark.parametrize(
    ("name", "level", "message"),
    [
        ("resolution", 0.5, "resolution: expected levels of 1 or more, got 0.5"),
        ("resolution", -2, "expected levels of 1 or more"),
        ("slice thickness", float("inf"), "expected levels of 1 or more, got inf"),
        ("noise", -0.1, "expected levels of 0 or more"),
        ("noise", float("nan"), "expected levels of 0 or more, got nan"),
        ("bias", 2, "expected levels of 0 or more and less than 2"),
        ("motion", -1, "expected levels of 0 or more"),
        ("gamma", 0, "expected levels of more than 0"),
        ("fog", 1, "condition: expected one of resolution, slice thickness, .*got 'fog'"),
    ],
)
def test_levels_that_do_not_exist_are_refused(name: str, level: float, message: str):
    with pytest.raises(ValueError, match=message):
        Degradation(name, level)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed: expected 0 or more"):
        Degradation("noise", 0.1, -1)


@pytest.mark.parametrize(
    ("name", "shape", "problem"),
    [
        ("resolution", (1, 48, 60), None),
        ("slice thickness", (8, 48, 60), None),
        ("slice thickness", (7, 48, 60), "slice thickness 4 needs 8 slices and more, the image has 7"),
        ("voxel size", (1, 48, 60), "voxel size 4 needs 8 slices and more, the image has 1"),
        ("resolution", (20, 7, 60), "resolution 4 needs 8 voxels within the slice and more, the image has 7"),
    ],
)
def test_images_too_small_for_a_factor_are_found_out(name: str, shape: tuple[int, ...], problem: str | None):
    assert Degradation(name, 4).problem_with(Grid(shape, np.diag([*SPACING_MM, 1.0]))) == problem
