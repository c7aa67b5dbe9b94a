"""Learning characters: pictures of 28 x 28 held as one tensor, augmented as a batch, marks that are none beside them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hwr import insight
from hwr.augment import augment
from hwr.config import TrainConfig
from hwr.distributed import Team
from hwr.evaluate import evaluate, fit_temperature, recall, score
from hwr.loss import Loss
from hwr.material import Material
from hwr.models import build, logits, probabilities
from hwr.parent import figures_before
from hwr.reject import DEFAULT, Rejects
from hwr.tasks.task import Learned, Validated


class GlyphTask:
    """See `Task`."""

    def __init__(self, config: TrainConfig, material: Material, team: Team):
        self.config, self.material, self.team = config, material, team
        self.classes, self.framing = material.train.classes, material.train.framing
        self.rejects = Rejects(config, self.framing)
        self.extra, self.count = self.rejects.extra, len(material.train)
        self.steps = max(1, self.count // config.batch_size)
        self.sizes = {"train": self.count, "validation": len(material.valid)}
        self.more: dict[str, Any] = {"reject": DEFAULT} if self.extra else {}
        self.loss = Loss(self.classes, config.label_smoothing)
        self.precision = "float32"
        self.images = torch.from_numpy(material.train.images)
        self.labels = torch.from_numpy(material.train.labels)
        self.chances = np.zeros((0, len(self.classes)), np.float32)  # of the last validation

    def mark(self) -> int:
        data = self.material.train
        return zlib.crc32(data.labels.tobytes(), zlib.crc32(data.images.data))

    def network(self) -> nn.Module:
        return build(self.config.model, len(self.classes) + self.extra, dropout=self.config.dropout)

    def to(self, device: torch.device, precision: str) -> None:
        self.images, self.labels, self.precision = self.images.to(device), self.labels.to(device), precision

    def batches(self, epoch: int, first: int) -> Iterator[Tensor]:
        """Numbers of pictures, int64 (batch_size,); their order follows from the seed and the epoch alone."""
        size = self.config.batch_size
        random = torch.Generator().manual_seed(self.config.seed * 100_003 + epoch)
        order = torch.randperm(self.count, generator=random).to(self.labels.device)
        for start in range(first * size, self.steps * size, size):
            yield order[start : start + size]

    def learn(self, network: nn.Module, batch: Tensor, *, seed: int, clean: bool) -> Learned:
        index = self.team.share(batch)
        random = torch.Generator().manual_seed(seed)
        pictures, labels = self.images[index].unsqueeze(1).float().div_(255), self.labels[index]
        pictures, targets = self.rejects.beside(pictures, labels, len(self.classes), random)
        if not clean:
            pictures = augment(pictures, self.config, random)
        with torch.autocast(labels.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            answer = network(pictures.contiguous(memory_format=torch.channels_last))
        loss = self.loss(answer.float(), targets)
        return Learned(loss, float(self.loss.right(answer, labels)), len(index), len(batch))

    def validate(self, model: nn.Module) -> Validated:
        valid = self.material.valid
        found = logits(model, valid.images)
        temperature = fit_temperature(found[:, : len(self.classes)], torch.from_numpy(valid.labels))
        self.chances = probabilities(found / temperature, valid.classes)[1]
        scores = score(self.chances, valid.labels)
        judged = self.rejects.judge(model, found, self.classes)
        more = {"reject": judged} if judged else {}
        row = {"recall": recall(self.chances, valid)}
        return Validated(scores.loss, scores.accuracy, temperature, scores.to_dict(), row, more)

    def keep(self, run: Path, epoch: int) -> None:
        insight.save(run, insight.measure(self.chances, self.material.valid, epoch))

    def tests(self, model: nn.Module, info: dict[str, Any]) -> dict[str, Any]:
        return {f"{name} test": evaluate(model, info, data)[0].to_dict() for name, data in self.material.tests.items()}

    def tests_before(self) -> dict[str, Any]:
        return figures_before(self.config, self.material.tests)
