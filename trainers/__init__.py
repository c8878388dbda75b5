"""nnU-Net trainers for the lumbar spine, found by `nnUNetv2_train ... -tr NAME` without a setting.

Any name of the grammar in `names` is an attribute of this module.
"""

from nnunet_spine.trainers.names import resolve


def __getattr__(name: str) -> type:
    """Trainer classes by name; pickling and nnU-Net's `hasattr` come through here."""
    if name.startswith("nnUNetTrainer"):
        return resolve(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["resolve"]
