"""Segmentations of any images by a trained model, and the file that a model is passed on in."""

from nnunet_spine.prediction.run import Prediction, predict_images

__all__ = ["Prediction", "predict_images"]
