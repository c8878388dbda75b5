"""Synthesis of MR images from label maps: pure torch, batched, 2D and 3D, CPU and GPU."""

from nnunet_spine.synth.config import PRESETS, SynthConfig
from nnunet_spine.synth.generator import Synthetic, SynthGenerator, SynthParams
from nnunet_spine.synth.steps import Grid

__all__ = ["PRESETS", "Grid", "SynthConfig", "SynthGenerator", "SynthParams", "Synthetic"]
