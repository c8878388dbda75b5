"""Orientation by anatomy: left and right may change places, head and feet or front and back may not."""

from __future__ import annotations

import math
from typing import Any

from nnunet_spine.trainers.part import Part
from nnunet_spine.training.anatomy import mirror_axes

MOST_ROTATION = math.radians(15)
"""Of augmentation within a plane: what nnU-Net has for elongated patches. It turns others, and all of thick slices, by
any angle."""


class AnatomicalOrientation(Part):
    """Mirrors left to right only, in training and in prediction, and turns images by small angles only.

    nnU-Net mirrors along every axis, and turns patches that are nearly square upside down. A spine upside down has L5
    where T12 belongs, and none is scanned that way.
    """

    def configure_rotation_dummyDA_mirroring_and_inital_patch_size(self) -> tuple[Any, bool, Any, Any]:  # noqa: N802
        """nnU-Net's choice, with other axes and angles; the patch that is loaded keeps its size."""
        rotation, dummy_2d, initial_patch_size, _ = super().configure_rotation_dummyDA_mirroring_and_inital_patch_size()
        dim = len(self.configuration_manager.patch_size)
        axes = mirror_axes(
            self.plans_manager.plans.get("image_reader_writer"), self.plans_manager.transpose_forward, dim
        )
        self.inference_allowed_mirroring_axes = axes
        if dim == 2 or dummy_2d:
            rotation = tuple(max(-MOST_ROTATION, min(angle, MOST_ROTATION)) for angle in rotation)
        return rotation, dummy_2d, initial_patch_size, axes
