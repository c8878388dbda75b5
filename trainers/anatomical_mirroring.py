"""Mirroring by anatomy: left and right may change places, head and feet or front and back may not."""

from __future__ import annotations

from typing import Any

from nnunet_spine.trainers.part import Part
from nnunet_spine.training.anatomy import mirror_axes


class AnatomicalMirroring(Part):
    """Mirrors along the left-right axis only, in training and in prediction.

    nnU-Net mirrors along every axis. A spine upside down has L5 where T12 belongs, and none is scanned that way.
    """

    def configure_rotation_dummyDA_mirroring_and_inital_patch_size(self) -> tuple[Any, bool, Any, Any]:  # noqa: N802
        """nnU-Net's choice, with other axes."""
        rotation, dummy_2d, initial_patch_size, _ = super().configure_rotation_dummyDA_mirroring_and_inital_patch_size()
        axes = mirror_axes(
            self.plans_manager.plans.get("image_reader_writer"),
            self.plans_manager.transpose_forward,
            len(self.configuration_manager.patch_size),
        )
        self.inference_allowed_mirroring_axes = axes
        return rotation, dummy_2d, initial_patch_size, axes
