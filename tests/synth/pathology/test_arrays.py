"""On the CPU numpy makes the lesions, elsewhere torch does; here both do on the CPU."""

import numpy
import pytest
import torch

from nnunet_spine.synth.pathology import arrays, paint, tissue_map

from .conftest import NAMES, only, sicken, spine


@pytest.fixture
def with_torch(monkeypatch):
    """A switch to torch, and back at the end."""

    def forget() -> None:
        tissue_map._around.cache_clear()
        tissue_map._steps.cache_clear()

    def switch() -> None:
        forget()
        for module in (arrays, tissue_map):
            monkeypatch.setattr(module, "namespace", lambda device: torch)

    yield switch
    forget()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slices", [0, 5])
def test_numpy_and_torch_do_the_same(name, slices, with_torch):
    tissue = torch.cat([spine(mm=1.0, angle_deg=angle, slices=slices) for angle in (4.0, -9.0)])
    params, x = only(name, n=2), torch.rand(tissue.shape)
    made = []
    for switch in (lambda: None, with_torch):
        switch()
        sick = sicken(tissue, params, mm=1.0)
        made.append((sick, paint(x.clone(), sick.labels, sick.positions, sick.lesions)))
    (one, image), (other, other_image) = made
    assert isinstance(other.lesions[0].focus.present, torch.Tensor)
    for a, b in zip(one.lesions, other.lesions, strict=True):
        for p, q in zip(a.focus, b.focus, strict=True):
            assert numpy.allclose(p, q, atol=1e-3)
    assert torch.allclose(one.positions, other.positions, atol=1e-3)
    assert torch.allclose(image, other_image, atol=1e-3)
