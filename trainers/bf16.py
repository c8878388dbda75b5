"""Half the precision within the network where nnU-Net has full precision: on a CPU."""

from __future__ import annotations

from nnunet_spine.networks.precision import compute_in_bf16
from nnunet_spine.trainers.part import Part


class BF16(Part):
    """On a CPU the network computes in bfloat16, as nnU-Net lets GPUs compute in float16; elsewhere nothing changes.

    Weights, gradients, loss and optimizer stay in single precision. With the matrix units of recent CPUs (AMX, AVX-512
    BF16) a step takes a half to a third of the time; without any of them it may take longer.
    """

    def initialize(self) -> None:
        """Let what nnU-Net has built compute so."""
        super().initialize()
        if self.device.type == "cpu":
            compute_in_bf16(self.network.module if self.is_ddp else self.network)
