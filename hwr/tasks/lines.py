"""Learning lines: strips drawn anew for each epoch by processes of their own, batches of like width, CTC's loss."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from hwr import checkpoint
from hwr.classes import WRITING, resolve
from hwr.config import TrainConfig
from hwr.distributed import Team
from hwr.errors import HwrError
from hwr.lines.data import LineBatch, Lines, LineSource, load_lines
from hwr.lines.decode import best_path
from hwr.lines.network import build_line, pictures, steps
from hwr.lines.score import Fixed, Found, ctc_any_case, find, fit_temperature, fixed, score
from hwr.networks import STRIPS
from hwr.parent import started_from
from hwr.tasks.task import Learned, Validated

DRAWING = 2  # processes that draw lines
AHEAD = 2  # groups of batches that each draws ahead
TOGETHER = 8  # batches that are drawn together, so that those of like strips can go together
HELD = 4_000  # lines to validate on and to test on, at most


@dataclass(frozen=True)
class LineMaterial:
    """What a run learns from: training lines, and those to validate on and to test on (by name) as they are scored."""

    train: Lines
    valid: Fixed
    tests: dict[str, Fixed]


def prepare_lines(config: TrainConfig, folder: Path) -> LineMaterial:
    """Loads the parts of a run from the datasets of lines in `folder`; raises HwrError as `load_lines`.

    No writer and no glyph is in two of the parts.
    """
    classes = resolve(config.classes) if config.classes else WRITING
    source = LineSource("train", folder, classes, config.seed, config.limit, config.validation)
    train = load_lines(config.dataset, source).some(config.limit)
    if len(train) < 2:
        raise HwrError(f'"{config.dataset}" has fewer than two lines of "{classes}"; choose another or other classes.')
    most = min(HELD, config.limit or HELD)
    valid = _held(config.dataset, replace(source, part="valid"), most)
    tests = {name: _held(name, replace(source, part="test"), most) for name in _tests(config)}
    return LineMaterial(train, valid, tests)


def _tests(config: TrainConfig) -> list[str]:
    return [name for name in (config.test or config.dataset).split("+") if name != "none"]


def _held(names: str, source: LineSource, most: int) -> Fixed:
    lines = load_lines(names, source).some(most)
    lines.clean = True
    if not len(lines):
        raise HwrError(f'There is no line of "{names}" to {source.part} on; choose another dataset or more of it.')
    return fixed(lines)


class LineTask:
    """See `Task`."""

    framing = STRIPS
    extra = 0

    def __init__(self, config: TrainConfig, material: LineMaterial, team: Team):
        self.config, self.material, self.team = config, material, team
        self.classes, self.count = material.train.classes, len(material.train)
        self.size = min(config.batch_size, self.count)  # of a batch
        self.together = max(1, min(TOGETHER, self.count // self.size))
        self.steps = self.count // (self.size * self.together) * self.together
        self.sizes = {"train": self.count, "validation": sum(len(numbers) for numbers, _ in material.valid)}
        self.more: dict[str, Any] = {}
        self.device, self.precision = torch.device("cpu"), "float32"

    def mark(self) -> int:
        data = self.material.train
        return zlib.crc32(data.places.tobytes(), zlib.crc32(data.aspects.tobytes()))

    def network(self) -> nn.Module:
        return build_line(self.config.model, len(self.classes), dropout=self.config.dropout)

    def to(self, device: torch.device, precision: str) -> None:
        self.device, self.precision = device, precision

    def batches(self, epoch: int, first: int) -> Iterator[LineBatch]:
        """This process's share of each batch, drawn ahead."""
        together = self.together
        plan = self.material.train.plan(self.size * together, epoch)[first // together :]
        rows = [self.team.share(torch.from_numpy(numbers)).numpy() for numbers in plan]
        cv2.setNumThreads(1)  # its threads would not be there in a forked process, which would wait for them for ever
        drawn = _Drawn(self.material.train, rows, together, epoch)
        context = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
        workers = min(DRAWING, len(rows)) if context else 0
        ahead: dict[str, Any] = {"prefetch_factor": AHEAD, "multiprocessing_context": context} if workers else {}
        groups = iter(DataLoader(drawn, batch_size=None, num_workers=workers, worker_init_fn=_behind, **ahead))
        return itertools.islice(itertools.chain.from_iterable(groups), first % together, None)

    def learn(self, network: nn.Module, batch: LineBatch, *, seed: int, clean: bool) -> Learned:
        strips = pictures(batch.strips, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            answer = network(strips)
        lengths = [steps(int(width)) for width in batch.widths]
        answer = answer.float()
        count = len(batch.texts)
        loss = ctc_any_case(answer, lengths, batch.texts, self.classes) / max(1, sum(map(len, batch.texts)))
        values = answer.detach().cpu().numpy()
        rows = zip(values, lengths, batch.texts, strict=True)
        right = sum(best_path(row[:length], self.classes).text == text for row, length, text in rows)
        return Learned(loss, float(right), count, self.size)

    def validate(self, model: nn.Module) -> Validated:
        found = find(model, self.material.valid)
        temperature = fit_temperature(found, self.classes)
        scores = score(found, self.classes, temperature)
        return Validated(scores.loss, scores.accuracy, temperature, scores.to_dict(), {"cer": scores.cer})

    def keep(self, run: Path, epoch: int) -> None:
        pass

    def tests(self, model: nn.Module, info: dict[str, Any]) -> dict[str, Any]:
        return {f"{name} test": self._score(model, info, lines) for name, lines in self.material.tests.items()}

    def tests_before(self) -> dict[str, Any]:
        model, info = started_from(self.config)
        if model is None or info["classes"] != self.classes:
            return {}
        return self.tests(model, info)

    def _score(self, model: nn.Module, info: dict[str, Any], lines: Fixed) -> dict[str, Any]:
        found: Found = find(model, lines)
        return score(found, self.classes, checkpoint.temperature(info)).to_dict()


class _Drawn(Dataset):
    """Groups of batches of lines by their place in the plan of an epoch."""

    def __init__(self, lines: Lines, rows: list[np.ndarray], together: int, epoch: int):
        self.lines, self.rows, self.together, self.epoch = lines, rows, together, epoch

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> list[LineBatch]:
        return self.lines.batches(self.rows[place], self.together, self.epoch)


def _behind(number: int) -> None:
    """Lets a process that draws run only when the training's own threads wait: each of them holds up all others."""
    if hasattr(os, "nice"):
        os.nice(15)
