"""The rival of synthesis: the network is trained on the real images themselves, in contrasts of all kinds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnunet_spine.synth.config import PRESETS

NAME = "nnUNetTrainerStrongAug_2x2iter"


@pytest.mark.parametrize("configuration", ["2d", "3d_fullres"])
def test_it_trains_on_the_real_image(make_trainer, configuration):
    """The same random numbers make another image of another real one; targets are as with the first, at every scale."""
    trainer = make_trainer(NAME, configuration)
    trainer.on_train_start()
    assert trainer.generator.config == PRESETS["augment"]
    batch = next(trainer.dataloader_train)
    made = []
    for data in (batch["data"], batch["data"].sort(-1).values):
        trainer.synthesis_rng.manual_seed(7)
        made.append(trainer.make_batch({**batch, "data": data}))
    assert not torch.allclose(made[0]["data"], made[1]["data"], atol=0.1)
    first, other = (one["target"] for one in made)
    assert len(first) == len(trainer._get_deep_supervision_scales()) > 1
    assert first[0].any()
    assert all(torch.equal(*pair) for pair in zip(first, other, strict=True))
    assert np.isfinite(trainer.train_step(batch)["loss"])
