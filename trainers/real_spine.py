"""Training on real images, as a fair rival of the synthetic ones."""

from nnunet_spine.trainers.anatomical_orientation import AnatomicalOrientation


class RealSpine(AnatomicalOrientation):
    """Real images with nnU-Net's own augmentation, mirrored left to right only and turned by small angles."""
