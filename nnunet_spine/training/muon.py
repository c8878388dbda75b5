"""Muon: steps of convolutions whose directions are all of one length.

The gradient of a convolution, seen as a matrix of output features by what they see, is dominated by few directions.
Muon replaces its momentum by the nearest matrix whose singular values are all alike, so that rare directions are
learned too.

K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024
(https://kellerjordan.github.io/posts/muon/); steps of one size as in J. Liu et al., Muon is scalable for LLM
training, 2025 (https://arxiv.org/abs/2502.16982), so that learning rate and decay mean what they mean for AdamW.
PyTorch's own takes matrices only, and no convolutions.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch
from torch import nn

MOMENTUM = 0.95
"""Of the gradients, Nesterov's."""
STEP = 0.4
"""Root mean square of a step at a learning rate of 1, about twice that of AdamW; half of it learned less."""
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of a quintic polynomial that brings every singular value from 0.01 to 1 near 1 when it is applied five times."""
_ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Muon for the convolutions of a network, AdamW for its other parameters, with decoupled weight decay.

    Args:
        network: whose parameters that require gradients are optimised.
        lr: learning rate of both.
        weight_decay: of both, relative to the learning rate.
        betas: decay of the moments of AdamW.
        eps: added to its denominator.
    """

    def __init__(
        self,
        network: nn.Module,
        lr: float,
        weight_decay: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        hidden = hidden_convolutions(network)
        known = {id(weight) for weight in hidden}
        others = [p for p in network.parameters() if p.requires_grad and id(p) not in known]
        groups = [
            {"params": params, "orthogonal": orthogonal}
            for params, orthogonal in ((hidden, True), (others, False))
            if params
        ]
        super().__init__(groups, {"lr": lr, "weight_decay": weight_decay, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change all parameters that have a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            change = self._along_all_directions if group["orthogonal"] else self._adamw
            for p in group["params"]:
                if p.grad is not None:
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    change(p, p.grad, group)
        return loss

    def _along_all_directions(self, p: torch.Tensor, gradient: torch.Tensor, group: dict) -> None:
        state = self.state[p]
        if not state:
            state["momentum"] = torch.zeros_like(p)
        momentum = state["momentum"].lerp_(gradient, 1 - MOMENTUM)
        direction = orthogonalised(gradient.lerp(momentum, MOMENTUM).flatten(1))
        p.add_(direction.reshape(p.shape), alpha=-group["lr"] * STEP * max(direction.shape) ** 0.5)

    def _adamw(self, p: torch.Tensor, gradient: torch.Tensor, group: dict) -> None:
        state, (beta, beta_of_squares) = self.state[p], group["betas"]
        if not state:
            state.update(step=0, mean=torch.zeros_like(p), squares=torch.zeros_like(p))
        state["step"] += 1
        mean = state["mean"].lerp_(gradient, 1 - beta)
        squares = state["squares"].mul_(beta_of_squares).addcmul_(gradient, gradient, value=1 - beta_of_squares)
        scale = (squares / (1 - beta_of_squares ** state["step"])).sqrt_().add_(group["eps"])
        p.addcdiv_(mean, scale, value=-group["lr"] / (1 - beta ** state["step"]))


def hidden_convolutions(network: nn.Module) -> list[nn.Parameter]:
    """Weights of all convolutions that see more than a point and more than one feature.

    Not those of the image's only channel, of heads and gates (kernels of 1), and transposed ones.
    """
    modules = (m for m in network.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.Conv3d))
    return [m.weight for m in modules if prod(m.kernel_size) > 1 and m.weight.shape[1] > 1 and m.weight.requires_grad]


def orthogonalised(matrix: torch.Tensor) -> torch.Tensor:
    """Nearly the nearest matrix with singular values of 1, by five iterations of Newton and Schulz.

    Args:
        matrix: (M, N); zeros stay zeros.

    Returns:
        (M, N), singular values about 0.7 to 1.2 but where they were below a hundredth of the norm.
    """
    a, b, c = _COEFFICIENTS
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(_ITERATIONS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide else x.T
