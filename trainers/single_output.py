"""One output in place of one for every resolution."""

from __future__ import annotations

from typing import Any

from nnunet_spine.trainers.part import Part


class SingleOutput(Part):
    """Trains the output of full resolution alone, of any network that has `decoder.seg_layers` as nnU-Net's do."""

    def configure(self) -> None:
        """Switch it off."""
        super().configure()
        self.enable_deep_supervision = False

    def configure_optimizers(self) -> tuple[Any, Any]:
        """Freeze the other heads first: in distributed training torch waits for every gradient, and they get none."""
        self.network.decoder.seg_layers[:-1].requires_grad_(False)
        return super().configure_optimizers()

    def set_deep_supervision_enabled(self, enabled: bool) -> None:
        """Off it stays; nnU-Net switches it on behind its last validation."""
        super().set_deep_supervision_enabled(enabled and self.enable_deep_supervision)
