"""Lesions of the lumbar spine: each acts around a focus, in millimetres, on the labels and the image alike."""

from nnunet_spine.synth.pathology.lesions import Lesion, PathologyParams, displace, locate, paint, sample_pathology

__all__ = ["Lesion", "PathologyParams", "displace", "locate", "paint", "sample_pathology"]
