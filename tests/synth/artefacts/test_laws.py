"""Laws that every artefact keeps."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch

from nnunet_spine.synth import artefacts, config
from nnunet_spine.synth.config.base import Step
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.steps import Layout, Scene, TissueTable, apply_where_on, select

NEVER = uniform(0)


class Artefact(NamedTuple):
    """A step, the settings that do something to every sample, and those that do nothing."""

    sample: Callable[..., tuple]
    apply: Callable[..., torch.Tensor]
    strong: Step
    nothing: Step


def _artefact(name: str, settings: type[Step], **nothing) -> Artefact:
    sample, apply = getattr(artefacts, f"sample_{name}"), getattr(artefacts, f"apply_{name}")
    return Artefact(sample, apply, settings(probability=1), settings(probability=1, **nothing))


ARTEFACTS = {
    "chemical_shift": _artefact("chemical_shift", config.ChemicalShiftConfig, fat_regions=0, marrow_fat=NEVER),
    "flow_void": _artefact("flow_void", config.FlowVoidConfig, strength=NEVER),
    "coil": _artefact("coil", config.CoilConfig, falloff_mm=uniform(1e9)),
    "bias": _artefact("bias", config.BiasConfig, log_std=NEVER),
    "motion": _artefact("motion", config.MotionConfig, drift_mm=NEVER, amplitude_mm=NEVER),
    "pulsation": _artefact("pulsation", config.PulsationConfig, strength=NEVER),
    "gibbs": _artefact("gibbs", config.GibbsConfig, cutoff=uniform(1)),
    "wrap": _artefact("wrap", config.WrapConfig, strength=NEVER),
    "spikes": _artefact("spikes", config.SpikeConfig, amplitude=NEVER),
    "noise": _artefact("noise", config.NoiseConfig, sigma=NEVER),
}
SIZES = [(24, 33), (3, 16, 19)]


@pytest.fixture(params=ARTEFACTS)
def artefact(request: pytest.FixtureRequest) -> Artefact:
    return ARTEFACTS[request.param]


def draw(artefact: Artefact, n: int, layout: Layout, settings: Step | None = None) -> tuple:
    return artefact.sample(settings or artefact.strong, n, layout, torch.Generator().manual_seed(1))


def stripes(layout: Layout, batch: int) -> torch.Tensor:
    """Labels 0 to 4 side by side."""
    return (torch.arange(layout.grid.size[-1]) // 3 % 5).expand(batch, 1, *layout.grid.size)


@pytest.mark.parametrize("size", SIZES)
def test_zero_strength_is_the_identity(artefact, size, layout_of, scene_of):
    layout = layout_of(*size)
    x = torch.rand(2, 1, *size)
    params = draw(artefact, 2, layout, artefact.nothing)
    y = artefact.apply(x.clone(), params, scene_of(layout, stripes(layout, 2), batch=2))
    torch.testing.assert_close(y, x, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("size", SIZES)
def test_a_batch_is_one_by_one_and_every_image_is_changed(artefact, size, layout_of, scene_of):
    layout, n = layout_of(*size), 6
    x, scene = torch.rand(n, 1, *size), scene_of(layout, stripes(layout, n), batch=n)
    params = draw(artefact, n, layout)
    together = artefact.apply(x.clone(), params, scene)
    for k in range(n):
        index = torch.tensor([k])
        alone = artefact.apply(x[index], select(params, index), scene.select(index))
        torch.testing.assert_close(together[index], alone, rtol=1e-5, atol=2e-6)
        assert (alone - x[index]).abs().max() > 1e-3
    assert together.shape == x.shape


def test_the_same_seed_gives_the_same_image(artefact, layout_of, scene_of):
    layout = layout_of(*SIZES[0])
    x, scene = torch.rand(2, 1, *SIZES[0]), scene_of(layout, stripes(layout, 2), batch=2)
    first, second = (artefact.apply(x.clone(), draw(artefact, 2, layout), scene) for _ in range(2))
    assert torch.equal(first, second)


def test_switched_off_samples_stay_bit_identical(artefact, layout_of, scene_of):
    layout = layout_of(*SIZES[0])
    x, scene = torch.rand(4, 1, *SIZES[0]), scene_of(layout, stripes(layout, 4), batch=4)
    params = draw(artefact, 4, layout)._replace(on=torch.tensor([True, False, True, False]))
    y = apply_where_on(x.clone(), params, artefact.apply, scene)
    assert torch.equal(y[1::2], x[1::2])
    assert not torch.equal(y[::2], x[::2])


def test_it_happens_to_the_share_of_samples_asked_for(artefact, layout_of):
    layout, settings = layout_of(4, 4), type(artefact.strong)(probability=0.3)
    params = draw(artefact, 2000, layout, settings)
    assert params.on.float().mean() == pytest.approx(0.3, abs=0.04)
    assert {len(value) for value in params} == {2000}
    assert {value.device.type for value in params} == {"cpu"}


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (1, 1), (2, 3), (1, 1, 7), (2, 5, 1)])
@pytest.mark.parametrize("value", [0.0, 0.7])
@pytest.mark.parametrize("label", [0, 2])
def test_empty_and_narrow_images_stay_finite(artefact, size, value, label, layout_of, scene_of):
    layout, n = layout_of(*size), 8
    x = torch.full((n, 1, *size), value)
    y = artefact.apply(x, draw(artefact, n, layout), scene_of(layout, label, batch=n))
    assert y.isfinite().all()
    assert y.shape == (n, 1, *size)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_it_works_under_autocast(artefact, dtype, layout_of, scene_of):
    layout = layout_of(*SIZES[0])
    x, scene = torch.rand(2, 1, *SIZES[0]), scene_of(layout, stripes(layout, 2), batch=2)
    params = draw(artefact, 2, layout)
    expected = artefact.apply(x.clone(), params, scene)
    with torch.autocast("cpu", dtype):
        y = artefact.apply(x.clone(), params, scene)
    assert y.dtype == torch.float32
    torch.testing.assert_close(y, expected, rtol=0.03, atol=0.03)
    assert not y.requires_grad


def test_it_looks_at_no_value_on_the_device(artefact, layout_of, scene_of):
    """Tensors of the device `meta` have no values: to ask for one is an error, as it is a wait on a GPU."""
    layout = layout_of(*SIZES[1])
    scene = scene_of(layout, stripes(layout, 3), batch=3)
    ghost = Scene(layout.grid, scene.code.to("meta"), scene.region.to("meta"), TissueTable(layout.tissues))
    y = artefact.apply(torch.rand(3, 1, *SIZES[1], device="meta"), draw(artefact, 3, layout), ghost)
    assert y.shape == (3, 1, *SIZES[1])
    assert y.device.type == "meta"


def test_it_gives_the_same_on_every_device(artefact, device, layout_of, scene_of):
    layout = layout_of(*SIZES[0])
    x, scene = torch.rand(2, 1, *SIZES[0]), scene_of(layout, stripes(layout, 2), batch=2)
    params = draw(artefact, 2, layout)
    there = Scene(layout.grid, scene.code.to(device), scene.region.to(device), TissueTable(layout.tissues))
    y = artefact.apply(x.clone().to(device), params, there)
    torch.testing.assert_close(y.cpu(), artefact.apply(x.clone(), params, scene), rtol=1e-4, atol=1e-4)
