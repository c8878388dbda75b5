"""One of two processes that train together on the CPU, as nnU-Net's `run_ddp` does on two GPUs."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import torch.distributed as dist
from nnunetv2.run.run_training import get_trainer_from_args
from nnunetv2.training.nnUNetTrainer import nnUNetTrainer as host  # noqa: N813


def on_the_cpu() -> None:
    """nnU-Net asks for CUDA by name in three places; what remains is its own code."""
    nnunets_ddp = host.DDP
    host.DDP = lambda network, device_ids: nnunets_ddp(network)
    torch.nn.SyncBatchNorm.convert_sync_batchnorm = lambda network: network  # is for GPUs only
    host.torch = _TorchWithoutCuda()


class _TorchWithoutCuda:
    """The module torch with one device."""

    def __getattr__(self, name: str) -> object:
        return (lambda *args, **kwargs: torch.device("cpu")) if name == "device" else getattr(torch, name)


def main(rank: int, meeting_point: str, name: str, result: Path) -> None:
    """Train two steps; write what this process has seen, and its weights after them."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting_point}", rank=rank, world_size=2)
    on_the_cpu()
    trainer = get_trainer_from_args("7", "2d", 0, name, device=torch.device("cpu"))
    trainer.on_train_start()
    seen = []
    trainer.network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].clone()))
    for _ in range(2):  # gradients that are missed show in the second step
        loss = trainer.train_step(next(trainer.dataloader_train))["loss"]
    weights = torch.cat([weight.detach().flatten() for weight in trainer.network.parameters()])
    torch.save({"seen": seen[0], "loss": float(loss), "weights": weights, "trainer": type(trainer).__name__}, result)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
