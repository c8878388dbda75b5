"""Training a trained model on with real images of some patients, and averaging its weights before and after."""

from nnunet_spine.finetuning.average import average_checkpoints, average_weights
from nnunet_spine.finetuning.run import FineTuning, fine_tune

__all__ = ["FineTuning", "average_checkpoints", "average_weights", "fine_tune"]
