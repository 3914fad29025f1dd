"""Where training runs: on the processor, on one GPU, or on several under `torchrun`."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

CLIP = 1.0  # longest gradient


@dataclass(frozen=True)
class Place:
    """One process of `processes`, with its device."""

    device: torch.device
    rank: int
    processes: int
    scaler: Any

    @property
    def first(self) -> bool:
        return self.rank == 0

    def mixed(self) -> AbstractContextManager[Any]:
        """Half precision where the device is faster with it."""
        if self.device.type == "cuda":
            return torch.autocast("cuda")
        return half_on_processor()

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network whose gradients are those of all processes."""
        if self.processes == 1:
            return network
        return nn.parallel.DistributedDataParallel(network, find_unused_parameters=True)

    def share(self, batches: list[Any]) -> list[Any]:
        """This process's part of every batch."""
        if self.processes == 1:
            return batches
        return [batch[self.rank :: self.processes] for batch in batches if len(batch) >= self.processes]

    def learn(self, loss: Tensor, optimiser: torch.optim.Optimizer, network: nn.Module) -> None:
        optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(optimiser)
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        self.scaler.step(optimiser)
        self.scaler.update()


def half_on_processor() -> AbstractContextManager[Any]:
    """Half precision on processors that know it."""
    knows = torch.cpu.get_capabilities()
    is_faster = knows.get("avx512_bf16") or knows.get("amx_bf16")
    return torch.autocast("cpu", torch.bfloat16) if is_faster else nullcontext()


@lru_cache
def here() -> Place:
    """This process's place; the first call joins the others of `torchrun`."""
    rank, processes = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    on_gpu = torch.cuda.is_available()
    device = torch.device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if on_gpu else "cpu")
    if on_gpu:
        torch.cuda.set_device(device)
    if processes > 1:
        torch.distributed.init_process_group("nccl" if on_gpu else "gloo")
    return Place(device, rank, processes, torch.amp.GradScaler("cuda", enabled=on_gpu))


def on_first(work: Callable[[], Any]) -> Any:
    """What the first process found, for all: done once and told to the others."""
    place = here()
    found = [work() if place.first else None]
    if place.processes > 1:
        torch.distributed.broadcast_object_list(found, src=0)
    return found[0]


def leave() -> None:
    """Parts from the other processes, all at once: one that ends while it is still listened to is taken for lost."""
    if here().processes > 1:
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
