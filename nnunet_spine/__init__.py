"""nnunet-spine: segmentation of the lumbar spine in MRI of any contrast and resolution, as a plugin for nnU-Net v2."""

__version__ = "0.1.0"
