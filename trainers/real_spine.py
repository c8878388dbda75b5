"""Training on real images, as a fair rival of the synthetic ones."""

from nnunet_spine.trainers.anatomical_mirroring import AnatomicalMirroring


class RealSpine(AnatomicalMirroring):
    """Real images with nnU-Net's own augmentation, mirrored by anatomy as the synthetic ones are."""
