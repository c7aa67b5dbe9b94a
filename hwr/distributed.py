"""One training in several processes, started by torchrun: who is first, what it tells the others, who takes which pictures.

The first process has the run: its folder, its turn, its validation and its saves; the others know it by what they are told.
Words are JSON and bytes over gloo; gradients go through DistributedDataParallel. Without torchrun, ALONE stands for it all.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.runs import Run

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

PATIENCE = timedelta(days=30)  # how long a word is waited for: a run may stand in the queue, or score a large test part
SILENCE = timedelta(minutes=30)  # how long gradients are waited for
SEEDS_APART = 10**16  # between the random numbers of two processes; those of one training are nearer together
GONE = re.compile(
    r"gloo|nccl|socket|connection|peer|timed out|store", re.I
)  # in what torch says when a process is gone


class Agreed(HwrError):
    """An error that all processes of a training know of, so that one of them tells it and none waits for another."""


@dataclass(frozen=True)
class Team:
    """The processes of one training, seen from one: its rank among `size`, its place among those `here` on its machine."""

    rank: int = 0
    size: int = 1
    place: int = 0
    here: int = 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def tell(self, act: Callable[[], Any]) -> Any:
        """Lets the first process do something: what that gave (plain JSON), or its HwrError as Agreed, in every process."""
        if self.size == 1:
            return act()
        word: dict[str, Any] = {}
        if self.first:
            try:
                word = {"value": act()}
            except HwrError as error:
                word = {"error": str(error)}
        word = json.loads(self._send(json.dumps(word).encode()))
        if "error" in word:
            raise Agreed(word["error"])
        return word["value"]

    def together(self, act: Callable[[], Any]) -> Any:
        """Lets every process do something and gives what its own gave; Agreed in all when an HwrError came in any."""
        if self.size == 1:
            return act()
        value, problem = None, ""
        try:
            value = act()
        except HwrError as error:
            problem = str(error) if self.first else f"Process {self.rank + 1} of {self.size}, {_host()}: {error}"
        problems = [self._send(problem.encode(), source).decode() for source in range(self.size)]
        if any(problems):
            raise Agreed(next(filter(None, problems)))
        return value

    def file(self, path: Path) -> bytes:
        """The content of a file of the first process, for the others; for the first itself nothing."""
        content = b"" if self.size == 1 else self._send(path.read_bytes() if self.first else b"")
        return b"" if self.first else content

    def any(self, flag: bool) -> bool:
        """Whether `flag` is set in any process."""
        return flag if self.size == 1 else self.sum([float(flag)])[0] > 0

    def sum(self, values: list[float]) -> list[float]:
        """The sums of the values of all processes."""
        if self.size == 1:
            return values
        import torch
        import torch.distributed as dist

        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total)
        return total.tolist()

    def share(self, batch: Tensor) -> Tensor:
        """The part of a batch that is this process's; shares differ by one at most."""
        return batch[self.rank :: self.size] if self.size > 1 else batch

    def check_batch(self, pictures: int) -> None:
        """Raises Agreed when a batch is too small to be shared: batch normalisation needs two pictures in each process."""
        if pictures < 2 * self.size and self.size > 1:
            advice = "raise --batch-size or start fewer processes"
            raise Agreed(f"{pictures} pictures in a step are too few for {self.size} processes: {advice}.")

    def check_same(self, mark: int) -> None:
        """Raises Agreed when the `mark` of a process's data is not that of the first: all must have the same pictures."""

        def compare() -> None:
            if mark != expected:
                raise HwrError("the datasets here are not those of the first process: copy its data folder here.")

        expected = self.tell(lambda: mark)
        self.together(compare)

    def run(self, find: Callable[[], Run]) -> Run:
        """The run that the first process finds or makes; for the others one that writes nothing."""
        if self.size == 1:
            return find()
        run = Run(Path())

        def look() -> dict[str, Any]:
            nonlocal run
            run = find()
            return {"path": str(run.path), "config": run.config().to_dict()}

        told = self.tell(look)
        return run if self.first else Shadow(Path(told["path"]), TrainConfig(**told["config"]))

    def threads(self, wanted: int) -> int:
        """The processor threads of this process; `wanted` (0: one a core) are for all on this machine together."""
        import torch

        if self.size == 1:
            return wanted or torch.get_num_threads()
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, (wanted or cores) // self.here)

    def device(self, device: torch.device) -> torch.device:
        """The device of this process, where `device` is what all of them shall use; raises HwrError where it cannot be."""
        import torch

        if self.size == 1 or device.type == "cpu":
            return device
        if device.type != "cuda":
            raise HwrError(f"Several processes cannot share the device {device.type}: give --device cpu.")
        if self.here > torch.cuda.device_count():
            count = torch.cuda.device_count()
            raise HwrError(f"{self.here} processes need as many GPUs, and here are {count}: start {count} a machine.")
        torch.cuda.set_device(self.place)
        return torch.device("cuda", self.place)

    def shared(self, model: nn.Module) -> nn.Module:
        """The network as all train it: begun with the first process's weights, its gradients the mean over all.

        Batch normalisation takes the figures of each process's own pictures, and the running ones of the first count:
        torch's SyncBatchNorm does not run on CPUs, and one arithmetic on every device is worth more than its exactness.
        """
        if self.size == 1:
            return model
        import torch.distributed as dist
        from torch.nn.parallel import DistributedDataParallel

        on_gpu = next(model.parameters()).device.type == "cuda"
        group = dist.new_group(backend="nccl" if on_gpu else "gloo", timeout=SILENCE)
        return DistributedDataParallel(model, device_ids=[self.place] if on_gpu else None, process_group=group)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Makes a sentence of what torch raises when another process is gone."""
        try:
            yield
        except RuntimeError as error:
            if self.size == 1 or isinstance(error, HwrError) or not GONE.search(str(error)):
                raise
            advice = "go on from the last save with the same torchrun command and --resume RUN"
            reason = "it failed, was killed, or its machine cannot be reached"
            raise HwrError(
                f"Another process of this training is gone: {reason}. What it said stands above; {advice}."
            ) from error

    def _send(self, content: bytes, source: int = 0) -> bytes:
        import torch
        import torch.distributed as dist

        length = torch.tensor([len(content)])
        dist.broadcast(length, source)
        if not length:
            return b""
        own = self.rank == source
        words = (
            torch.frombuffer(bytearray(content), dtype=torch.uint8)
            if own
            else torch.empty(int(length), dtype=torch.uint8)
        )
        dist.broadcast(words, source)
        return words.numpy().tobytes()


ALONE = Team()


class Shadow(Run):
    """A run as a process knows it that is not the first: it reads and writes no file, and a stop is kept in mind."""

    def __init__(self, path: Path, config: TrainConfig):
        super().__init__(path)
        self._config, self._asked = config, False

    def config(self) -> TrainConfig:
        return self._config

    def write(self, name: str, text: str) -> None:
        pass

    def append(self, name: str, line: str) -> None:
        pass

    def set_status(self, state: str, *, progress: dict[str, Any] | None = None, **values: Any) -> None:
        pass

    def rewind(self, *, step: int, epoch: int) -> None:
        pass

    def ask_to_stop(self) -> None:
        self._asked = True

    def should_stop(self) -> bool:
        return self._asked

    def clear_stop(self) -> None:
        self._asked = False


@contextmanager
def joined() -> Iterator[Team]:
    """The processes that torchrun started, as one team until the block ends; ALONE without it.

    All leave together, so that torchrun ends none while the first still writes. An error that is agreed on is told by the
    first; where a process fails on its own it leaves at once, and the others notice.
    """
    size = int(os.environ.get("WORLD_SIZE") or 1)
    if "TORCHELASTIC_RUN_ID" not in os.environ or size == 1:
        yield ALONE
        return
    import torch.distributed as dist

    dist.init_process_group("gloo", timeout=PATIENCE)
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    team = Team(*(int(os.environ[name]) for name in names))
    try:
        with team.watched():
            yield team
    except Agreed:
        _leave()
        if team.first:
            raise
        raise SystemExit(1) from None
    _leave()


def _leave() -> None:
    import torch.distributed as dist

    with contextlib.suppress(RuntimeError):  # another may be gone already
        dist.barrier()
        dist.destroy_process_group()


def _host() -> str:
    return f"machine {socket.gethostname()}"
