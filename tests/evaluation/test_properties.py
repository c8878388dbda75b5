"""Properties of images."""

import math

import numpy as np
import pytest

from nnunet_spine.evaluation.properties import image_properties
from nnunet_spine.evaluation.structures import structures_of

STRUCTURES = structures_of({"background": 0, "vertebrae": 1, "canal": 2, "discs": 3})
LEVELS_OF = {0: 30.0, 1: 100.0, 2: 200.0, 3: 60.0}
SPACING_MM = (3.0, 1.0, 1.0)


@pytest.fixture
def labels() -> np.ndarray:
    labels = np.zeros((6, 80, 120), np.uint8)
    labels[:, 45:70, 5:60], labels[:, 30:42, 5:110], labels[:, 45:70, 62:78] = 1, 2, 3
    return labels


def painted(labels: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    """Each tissue of its intensity, with white noise."""
    intensities = np.array([*LEVELS_OF.values()])[labels]
    return intensities + noise * np.random.default_rng(seed).standard_normal(labels.shape)


def measured(image: np.ndarray, labels: np.ndarray, spacing_mm=SPACING_MM) -> dict[str, float]:
    return image_properties(image, labels, spacing_mm, STRUCTURES)


@pytest.mark.parametrize("noise", [2.5, 5.0, 10.0])
@pytest.mark.parametrize("pixel_mm", [0.4, 1.0])
def test_snr_is_signal_by_noise(labels: np.ndarray, noise: float, pixel_mm: float):
    found = measured(painted(labels, noise), labels, (3.0, pixel_mm, pixel_mm))
    assert found["snr"] == pytest.approx(100 / noise, rel=0.05)


def test_contrast_is_distance_by_deviation(labels: np.ndarray):
    found = measured(painted(labels, 10), labels)
    assert found["contrast_vertebra_disc"] == pytest.approx(4, rel=0.05)
    assert found["contrast_vertebra_canal"] == pytest.approx(10, rel=0.05)
    assert found["contrast_disc_canal"] == pytest.approx(14, rel=0.05)


def test_contrast_does_not_change_with_scale_and_offset(labels: np.ndarray):
    image = painted(labels, 10)
    one, other = measured(image, labels), measured(7 * image + 300, labels)
    for name in one:
        if name.startswith("contrast"):
            assert other[name] == pytest.approx(one[name], rel=1e-3)


def test_snr_does_not_change_with_scale(labels: np.ndarray):
    image = painted(labels, 10)
    assert measured(7 * image, labels)["snr"] == pytest.approx(measured(image, labels)["snr"], rel=1e-4)


def test_smooth_changes_of_intensity_are_no_noise(labels: np.ndarray):
    image = painted(labels, 5)
    ramp = image * np.linspace(0.8, 1.2, labels.shape[2])
    assert measured(ramp, labels)["snr"] == pytest.approx(measured(image, labels)["snr"], rel=0.3)
    slope = image + np.linspace(0, 100, labels.shape[1])[:, None]
    assert measured(slope, labels)["snr"] > measured(image, labels)["snr"]  # brighter, not noisier


def test_padding_does_not_pass_as_free_of_noise(labels: np.ndarray):
    image = painted(labels, 5)
    margin = [(0, 0), (60, 60), (60, 60)]
    padded = measured(np.pad(image, margin), np.pad(labels, margin))
    assert padded == measured(image, labels)


def test_details_hardly_count(labels: np.ndarray):
    image = painted(labels, 5)
    vessels = image.copy()
    vessels[:, 57, 5:60] = 250
    assert measured(vessels, labels)["snr"] == pytest.approx(measured(image, labels)["snr"], rel=0.2)


def test_interpolated_images_are_not_taken_for_better_ones(labels: np.ndarray):
    image = painted(labels, 5)
    fine = [array.repeat(2, 1).repeat(2, 2) for array in (image, labels)]
    found = measured(*fine, spacing_mm=(3.0, 0.5, 0.5))
    assert found["snr"] == pytest.approx(measured(image, labels)["snr"], rel=0.05)


def test_spacing_and_slices(labels: np.ndarray):
    found = measured(painted(labels, 5), labels, (4.5, 0.4, 0.9))
    assert found["spacing_through_plane_mm"] == 4.5
    assert found["spacing_in_plane_mm"] == pytest.approx(0.6)
    assert found["slices"] == 6


def test_what_is_not_there_has_no_properties(labels: np.ndarray):
    image = painted(labels, 5)
    without_discs = np.where(labels == 3, 0, labels)
    found = measured(image, without_discs)
    assert math.isnan(found["contrast_vertebra_disc"])
    assert math.isnan(found["contrast_disc_canal"])
    assert found["contrast_vertebra_canal"] > 0
    nothing = measured(image, np.zeros_like(labels))
    assert [name for name, value in nothing.items() if not math.isnan(value)] == [
        "spacing_in_plane_mm",
        "spacing_through_plane_mm",
        "slices",
    ]


def test_an_image_without_noise_has_no_ratios(labels: np.ndarray):
    found = measured(painted(labels, 0), labels)
    assert math.isnan(found["snr"])
    assert math.isnan(found["contrast_vertebra_disc"])


def test_an_image_without_a_zero_has_no_snr(labels: np.ndarray):
    image = painted(labels, 5)
    found = measured((image - image.mean()) / image.std(), labels)
    assert math.isnan(found["snr"])
    assert found["contrast_vertebra_disc"] == pytest.approx(measured(image, labels)["contrast_vertebra_disc"], rel=1e-3)


def test_numbered_labels_are_the_same_tissues(labels: np.ndarray):
    image = painted(labels, 5)
    numbered = np.where((labels == 1) & (np.arange(120) > 30), 5, labels)
    structures = structures_of({"background": 0, "vertebra_L5": 1, "canal": 2, "disc_L5_S1": 3, "vertebra_L4": 5})
    assert image_properties(image, numbered, SPACING_MM, structures) == measured(image, labels)


def test_single_slices(labels: np.ndarray):
    found = measured(painted(labels, 5)[:1], labels[:1])
    assert found["snr"] == pytest.approx(20, rel=0.15)


def test_shapes_must_agree(labels: np.ndarray):
    with pytest.raises(ValueError, match=r"expected image and reference of one shape"):
        measured(painted(labels, 5)[1:], labels)
