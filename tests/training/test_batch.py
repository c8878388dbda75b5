"""The synthetic batch has the form that nnU-Net's own transforms give a real one."""

import pytest
import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine.synth import Grid, SynthGenerator
from nnunet_spine.training.batch import TargetMaker, synthesise_batch

SCALES = [[1.0, 1.0], [0.5, 0.5], [0.25, 0.5]]


def host_target(labels: torch.Tensor, **kwargs) -> list[list[torch.Tensor]]:
    transforms = nnUNetTrainer.get_validation_transforms(**kwargs)
    image = torch.zeros_like(labels[0], dtype=torch.float32)
    targets = [transforms(image=image, segmentation=sample)["segmentation"] for sample in labels]
    return [target if isinstance(target, list) else [target] for target in targets]


@pytest.mark.parametrize("scales", [None, SCALES])
@pytest.mark.parametrize(
    ("host_regions", "ignore_label", "regions"),
    [
        (None, None, None),
        ([(1, 2, 3), (2,), (3,)], None, [[1, 2, 3], [2], [3]]),
        ([(1, 2), 3], 4, [[1, 2], [3], [4]]),
    ],
)
def test_targets_are_those_of_nnunet(scales, host_regions, ignore_label, regions):
    labels = torch.randint(-1, 5, (3, 1, 16, 20), dtype=torch.int16)
    expected = host_target(labels, deep_supervision_scales=scales, regions=host_regions, ignore_label=ignore_label)
    target = TargetMaker(regions, scales)(labels)
    outputs = target if isinstance(target, list) else [target]
    assert len(outputs) == (1 if scales is None else len(scales))
    for level, output in enumerate(outputs):
        host = torch.stack([sample[level] for sample in expected])
        assert output.dtype == host.dtype
        assert torch.equal(output, host)


def test_a_batch_becomes_synthetic_on_the_device(device):
    grid = Grid((16, 20), (1.0, 1.0))
    generator = SynthGenerator((0, 1, 2, 3), grid)
    target = torch.randint(0, 4, (3, 1, 20, 24), dtype=torch.int16)
    batch = {"data": torch.rand(3, 1, 20, 24), "target": target, "keys": ["a", "b", "c"]}
    rng = torch.Generator().manual_seed(0)
    made = synthesise_batch(batch, generator, TargetMaker(scales=SCALES), rng, torch.device(device))
    assert made["data"].shape == (3, 1, 16, 20)
    assert made["data"].device.type == device
    assert [t.shape[2:] for t in made["target"]] == [(16, 20), (8, 10), (4, 10)]
    assert made["keys"] == ["a", "b", "c"]
    assert batch["target"] is target


def test_tissue_outside_nnunets_nonzero_mask_is_background_but_padding_is_not():
    """Both carry the label -1; the padded voxels are exactly 0, as nnU-Net pads after the Z-score."""
    grid = Grid((16, 20), (1.0, 1.0))
    seen = []

    def spy(labels, image, rng):
        seen.append(labels)
        return SynthGenerator((0, 1), grid)(labels, image, rng)

    data, target = torch.rand(1, 1, 16, 20) + 1, torch.zeros(1, 1, 16, 20, dtype=torch.int16)
    target[..., :8] = -1
    data[..., :4] = 0
    synthesise_batch({"data": data, "target": target}, spy, TargetMaker(), torch.Generator(), torch.device("cpu"))
    assert (seen[0][..., :4] == -1).all()
    assert (seen[0][..., 4:] == 0).all()
