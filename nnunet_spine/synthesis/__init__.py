"""Synthetic data sets on disk, in nnU-Net's raw form, for use outside nnU-Net's training."""

from nnunet_spine.synthesis.dataset import synthesize_dataset
from nnunet_spine.synthesis.options import SynthesisOptions

__all__ = ["SynthesisOptions", "synthesize_dataset"]
