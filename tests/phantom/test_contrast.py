"""The images show what spin echoes show."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET
from nnunet_spine.phantom.protocols import PROTOCOLS, protocol_of
from nnunet_spine.phantom.sequences import spin_echo, tissue_signals
from nnunet_spine.phantom.tissues import TISSUE_ID, TISSUES, relaxation


def medians(root, name: str) -> tuple[float, float, float]:
    """Of vertebrae, canal and discs."""
    image, mask = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(root / kind / f"{name}.mha"))) for kind in ("images", "masks")
    )
    image = image.astype(float) - image.min()
    groups = ((mask > 0) & (mask < CANAL_VALUE), mask == CANAL_VALUE, mask > DISC_OFFSET)
    return tuple(float(np.median(image[where])) for where in groups)


@pytest.mark.parametrize("number", [1, 2])
def test_fluid_is_bright_in_t2_and_dark_in_t1(phantom, number):
    vertebra, canal, disc = medians(phantom, f"{number}_t1")
    assert canal < 0.8 * vertebra
    assert disc < vertebra
    for sequence in ("t2", "t2_SPACE"):
        vertebra, canal, _ = medians(phantom, f"{number}_{sequence}")
        assert canal > 1.5 * vertebra


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.scanner.model}-{p.scanner.field_t}-{p.sequence}")
def test_contrast_of_the_tissue_table(protocol):
    water, fat = tissue_signals(protocol, 0.45)
    signal = dict(zip(TISSUE_ID, water + fat, strict=True))
    assert signal["air"] == 0
    assert signal["cortical"] < 0.1 * signal["marrow"]
    assert signal["fat"] > signal["marrow"] > signal["muscle"]
    if protocol.sequence == "t1":
        assert signal["csf"] < 0.4 * signal["fat"]
        assert signal["csf"] < signal["cord"]
        assert signal["nucleus_1"] < signal["marrow"]
    else:
        assert signal["csf"] > signal["cord"] > signal["muscle"]
        assert signal["csf"] > signal["fat"]
        grades = [signal[f"nucleus_{grade}"] for grade in range(1, 6)]
        assert grades == sorted(grades, reverse=True)
        assert grades[0] > 2 * signal["annulus_outer"]


def test_signal_without_restore_pulse_is_the_textbook_one():
    protocol = protocol_of("ingenia_3", "t1")
    recovery = protocol.tr_ms - protocol.train * protocol.echo_spacing_ms
    expected = 0.7 * (1 - np.exp(-recovery / 900)) * np.exp(-protocol.te_ms / 50)
    assert spin_echo(protocol, np.array(0.7), np.array(900.0), np.array(50.0)) == pytest.approx(expected)


def test_restore_pulse_gives_fluid_most():
    restored = protocol_of("avanto", "t2")
    assert restored.restore
    plain = protocol_of("ingenia_3", "t2")
    assert not plain.restore
    one, fluid, muscle = np.array(1.0), (np.array(4300.0), np.array(1500.0)), (np.array(1130.0), np.array(35.0))
    length = restored.train * restored.echo_spacing_ms
    textbook = [
        (1 - np.exp(-(restored.tr_ms - length) / t1)) * np.exp(-restored.te_ms / t2) for t1, t2 in (fluid, muscle)
    ]
    gain = [spin_echo(restored, one, *times) / base for times, base in zip((fluid, muscle), textbook, strict=True)]
    assert gain[0] > 1.3
    assert gain[1] == pytest.approx(1.0, abs=0.01)


def test_water_and_fat_add_up_to_the_density():
    table = relaxation(1.5, 0.5)
    assert np.allclose(table.water_density + table.fat_density, [tissue.density for tissue in TISSUES])
    marrow = TISSUE_ID["marrow"]
    assert table.water_density[marrow] == pytest.approx(table.fat_density[marrow])


def test_other_field_strengths_are_refused():
    with pytest.raises(ValueError, match=r"field strength: expected 1\.5 or 3\.0 T, got 7"):
        relaxation(7.0, 0.4)


def test_fat_moves_by_about_a_pixel():
    for protocol in PROTOCOLS:
        assert 0.3 < protocol.fat_shift_mm / protocol.pixel_mm < 1.6
