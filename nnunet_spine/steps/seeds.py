"""One seed for every generator of random numbers that nnU-Net and this package draw from."""

from __future__ import annotations

import random

import numpy as np
import torch


def seed_everything(seed: int, epoch: int) -> None:
    """Seed python's, numpy's and torch's generators.

    Args:
        seed: of the training.
        epoch: that it begins or goes on with, so that nothing is drawn again after an interruption.
    """
    words = np.random.SeedSequence([seed, epoch]).generate_state(3)
    random.seed(int(words[0]))
    np.random.seed(int(words[1]))
    torch.manual_seed(int(words[2]))
