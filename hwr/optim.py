"""What moves the weights: optimizer, learning rate over the training, averaged weights, device and number format."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import math
from collections.abc import Callable

import torch
from torch import nn

from hwr.config import TrainConfig
from hwr.errors import HwrError

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt


class Average:
    """A running mean of the weights, short at the start and longer with time (EMA); decay 0 follows the model itself."""

    def __init__(self, model: nn.Module, decay: float):
        self.decay = decay
        self.model = copy.deepcopy(model).eval().requires_grad_(False) if decay else model

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Moves the mean towards the model after `step` steps."""
        if not self.decay:
            return
        weight = 1 - min(self.decay, (1 + step) / (10 + step))
        means, values = list(_floats(self.model)), list(_floats(model))
        torch._foreach_lerp_(means, values, weight)


def _floats(model: nn.Module) -> list[torch.Tensor]:
    return [value for value in model.state_dict(keep_vars=False).values() if value.is_floating_point()]


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimizer that the config names; weight decay on matrices and kernels alone, not on biases and norms."""
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": kernels, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    makers: dict[str, Callable[[], torch.optim.Optimizer]] = {
        "adam": lambda: torch.optim.Adam(groups, lr=config.lr, betas=(config.momentum, 0.99)),
        "adamw": lambda: torch.optim.AdamW(groups, lr=config.lr, betas=(config.momentum, 0.99)),
        "sgd": lambda: torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=config.momentum > 0),
    }
    return makers[config.optimizer]()


def learning_rate(config: TrainConfig, progress: float) -> float:
    """The learning rate at a share of the training in [0, 1].

    one-cycle: a rise over `warmup`, then a cosine to zero (Smith and Topin, 2018, arXiv:1708.07120); cosine: the fall alone.
    """
    if config.schedule == "constant":
        return config.lr
    warmup = config.warmup if config.schedule == "one-cycle" else 0.0
    if progress < warmup:
        return config.lr * (0.04 + 0.96 * progress / warmup)
    return config.lr * (0.5 + 0.5 * math.cos(math.pi * (progress - warmup) / (1 - warmup))) + config.lr * 1e-3


def pick_device(name: str) -> torch.device:
    """The device of this name; auto takes a GPU when there is one. Raises HwrError when it is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        float(torch.zeros(1, device=device))  # a device that keeps no numbers, such as meta, is none to train on
    except (RuntimeError, AssertionError) as error:
        raise HwrError(f'The device "{name}" is not on this machine; use --device auto or cpu.') from error
    return device


def describe_device(device: torch.device, precision: str) -> str:
    """What a training runs on, in words: "cpu, 2 threads, bf16"."""
    threads = torch.get_num_threads()
    where = f"cpu, {threads} thread{'' if threads == 1 else 's'}" if device.type == "cpu" else str(device)
    return f"{torch.cuda.get_device_name(device) if device.type == 'cuda' else where}, {precision}"


def precision(config: TrainConfig, device: torch.device) -> str:
    """The number format: as configured, or bf16 where the device multiplies it natively."""
    if config.precision != "auto":
        return config.precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "float32"
    if device.type != "cpu":
        return "float32"
    return "bf16" if _cpu_has_bf16() else "float32"


def _cpu_has_bf16() -> bool:
    checks = [getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")]
    return any(check is not None and check() for check in checks)


def keep_memory() -> None:
    """Lets this process keep the memory it frees, where the C library is glibc; elsewhere it does nothing.

    By default glibc returns each large block to the kernel and asks for it again at the next step: for a small network on
    a CPU that is a good part of the time.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        for parameter in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD):
            library.mallopt(parameter, 2**30)
