"""What a training learns: characters of 28 x 28 (`glyphs`) or whole lines (`lines`). The loop itself is hwr.train.

A task holds the data on the device, makes the batches of an epoch, learns from one, and scores a network on what is held.
"""

from __future__ import annotations

from pathlib import Path

from hwr import material
from hwr.config import TrainConfig
from hwr.distributed import Team
from hwr.material import Material
from hwr.networks import reads_lines
from hwr.tasks.glyphs import GlyphTask
from hwr.tasks.lines import LineMaterial, LineTask, prepare_lines
from hwr.tasks.task import Learned, Task, Validated

__all__ = ["Learned", "LineMaterial", "Material", "Task", "Validated", "prepare", "task_of"]


def prepare(config: TrainConfig, folder: Path) -> Material | LineMaterial:
    """Loads what a training of `config` learns from out of the datasets in `folder`; raises HwrError as they do."""
    return (prepare_lines if reads_lines(config.model) else material.prepare)(config, folder)


def task_of(config: TrainConfig, data: Material | LineMaterial, team: Team) -> Task:
    """The task of a training with this data."""
    if isinstance(data, LineMaterial):
        return LineTask(config, data, team)
    return GlyphTask(config, data, team)
