"""train(config): the loop. Order, augmentation and dropout follow from seed and step alone, so a run can go on anywhere.

Validation chooses the best epoch; the test part is scored once, at the end, with the best weights. It prints nothing and
draws nothing: it is given a run to log to and a function that is told of progress.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hwr import checkpoint
from hwr.augment import augment
from hwr.config import TrainConfig
from hwr.data import Dataset, Source, drop_shared, load, split
from hwr.errors import HwrError
from hwr.evaluate import Scores, evaluate, fit_temperature, probabilities, score
from hwr.honest import check_test
from hwr.models import Classifier, build, entry, logits
from hwr.optim import Average, learning_rate, make_optimizer, pick_device, precision
from hwr.runs import Run

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Material:
    """What a run learns from: training and validation parts, and the test parts by name (scored once)."""

    train: Dataset
    valid: Dataset
    tests: dict[str, Dataset]


@dataclass
class State:
    """Where a training stands; all of it is saved, so that a run goes on as if never interrupted."""

    step: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    seconds: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])  # loss, right and pictures of this epoch


def train(config: TrainConfig, run: Run, *, folder: Path, resume: bool = False, report: Report | None = None) -> Path:
    """Trains as `config` says and gives the path of the best checkpoint.

    `folder` holds the datasets. A stop (Ctrl-C, or a file "stop" in the run) saves and leaves; `resume` goes on from there.
    Raises HwrError for data, settings or weights that cannot be used, and when the loss is no longer a number.
    """
    entry(config.check().model)
    material = prepare(config, folder)
    trainer = Trainer(config, run, material, report or (lambda values: None))
    if resume:
        trainer.restore()
    with stop_on_signal(run):
        finished = trainer.fit()
    return trainer.finish() if finished else run.path / "last.safetensors"


def prepare(config: TrainConfig, folder: Path) -> Material:
    """Loads the parts of a run: no picture of a test part is left in training, no writer in training and validation."""
    check_test(config)
    source = Source("train", folder, config.framing, config.seed, _classes(config), config.limit)
    data = load(config.dataset, source)
    tests = {}
    for name in (config.test or config.dataset).split("+"):
        same = replace(source, part="test", framing=data.framing, classes=data.classes)
        if name != "none":
            tests[name] = load(name, same)
            data = drop_shared(data, tests[name])
    if config.limit and config.limit < len(data):
        data = data.take(np.random.default_rng(config.seed).permutation(len(data))[: config.limit])
    return Material(*split(data, config.validation, config.seed), tests)


def _classes(config: TrainConfig) -> str:
    from hwr.classes import resolve

    return resolve(config.classes) if config.classes else ""


@contextmanager
def stop_on_signal(run: Run) -> Iterator[None]:
    """Ctrl-C and a polite kill end the run after the present batch, saved; a second Ctrl-C ends it at once."""

    def ask(number: int, frame: Any) -> None:
        run.ask_to_stop()
        signal.signal(number, signal.default_int_handler)

    try:
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: there the run's stop file alone is heeded
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Trainer:
    """One training: model, averaged model, optimizer and data on the device, and the state between steps."""

    def __init__(self, config: TrainConfig, run: Run, material: Material, report: Report):
        self.config, self.run, self.material, self.report = config, run, material, report
        torch.set_num_threads(config.threads or torch.get_num_threads())
        torch.set_flush_denormal(True)  # numbers near zero cost a hundred times as much otherwise
        torch.manual_seed(config.seed)
        self.device = pick_device(config.device)
        self.model = build(config.model, len(material.train.classes), dropout=config.dropout)
        self.parent = start_from(self.model, config) if config.init_from else {}
        self.model = self.model.to(self.device).to(memory_format=torch.channels_last)
        self.average = Average(self.model, config.ema)
        self.optimizer = make_optimizer(self.model, config)
        self.precision = precision(config, self.device)
        self.images = torch.from_numpy(material.train.images).to(self.device)
        self.labels = torch.from_numpy(material.train.labels).to(self.device)
        self.loss = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
        self.steps_per_epoch = max(1, len(self.labels) // config.batch_size)
        self.total = self.steps_per_epoch * config.epochs
        self.state = State()
        self.saved = self.told = time.monotonic()

    def fit(self) -> bool:
        """Steps to the end; False when it was asked to stop before."""
        self.run.clear_stop()
        while self.state.step < self.total:
            epoch, start = divmod(self.state.step, self.steps_per_epoch)
            self.epoch(epoch, start)
            if self.state.step % self.steps_per_epoch:
                self.save()
                self.run.set_status("stopped", step=self.state.step, total=self.total)
                return False
            if self.config.early_stop and epoch + 1 - self.state.best_epoch >= self.config.early_stop:
                self.run.note(f"No better validation for {self.config.early_stop} epochs: stopped early.")
                break
        return True

    def epoch(self, epoch: int, start: int) -> None:
        """The steps of one epoch from `start` on; ends early when asked to stop."""
        order = self.order(epoch)
        self.model.train()
        for place in range(start, self.steps_per_epoch):
            began = time.monotonic()
            self.step(order[place * self.config.batch_size :][: self.config.batch_size])
            self.state.seconds += time.monotonic() - began
            self.tell(epoch)
            if self.run.should_stop() and place + 1 < self.steps_per_epoch:
                return
        self.validate(epoch)

    def order(self, epoch: int) -> Tensor:
        """The order of the training pictures in an epoch, from the seed and the epoch alone."""
        random = torch.Generator().manual_seed(self.config.seed * 100_003 + epoch)
        return torch.randperm(len(self.labels), generator=random).to(self.device)

    def step(self, index: Tensor) -> None:
        """One step of the optimizer on the pictures of `index`."""
        state, config = self.state, self.config
        random = torch.Generator().manual_seed(config.seed * 1_000_003 + state.step)
        torch.manual_seed(config.seed * 1_000_003 + state.step)  # dropout
        pictures = self.images[index].unsqueeze(1).float().div_(255)
        if state.step // self.steps_per_epoch < config.epochs - config.clean_epochs:
            pictures = augment(pictures, config, random)
        rate = learning_rate(config, state.step / self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        labels = self.labels[index]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            answer = self.model(pictures.contiguous(memory_format=torch.channels_last))
        loss = self.loss(answer.float(), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        state.step += 1
        self.average.update(self.model, state.step)
        right = (answer.argmax(1) == labels).sum()
        for place, value in enumerate((loss.detach() * len(index), right, len(index))):
            state.sums[place] += float(value)
        if not math.isfinite(state.sums[0]):
            raise HwrError(
                f"The loss is no longer a number at step {state.step}: lower --lr or use --precision float32."
            )

    def tell(self, epoch: int) -> None:
        """Progress to the one who asked, a few times a second, and a save when the last one is old."""
        now, state = time.monotonic(), self.state
        if now - self.saved >= self.config.save_seconds:
            self.save()
        if now - self.told < 0.25:
            return
        self.told = now
        loss, right, count = state.sums
        speed = state.step * self.config.batch_size / max(state.seconds, 1e-9)
        left = (self.total - state.step) * self.config.batch_size / max(speed, 1e-9)
        values = {"epoch": epoch + 1, "step": state.step, "total": self.total, "loss": loss / count}
        values |= {"accuracy": right / count, "speed": speed, "left": left, "epochs": self.config.epochs}
        self.run.set_status("running", **values)
        self.report({"kind": "step", **values})

    def validate(self, epoch: int) -> None:
        """Scores the averaged weights on the validation part, logs the epoch, keeps the best.

        Best is the least calibrated loss: on a few thousand pictures the accuracy is too coarse to tell epochs apart.
        """
        state, valid = self.state, self.material.valid
        found = logits(self.average.model, valid.images)
        found = found / fit_temperature(found, torch.from_numpy(valid.labels))
        scores = score(probabilities(found, valid.classes)[1], valid.labels)
        loss, right, count = state.sums
        values = {"epoch": epoch + 1, "step": state.step, "lr": learning_rate(self.config, state.step / self.total)}
        values |= {"loss": loss / count, "accuracy": right / count, "valid_loss": scores.loss}
        values |= {"valid_accuracy": scores.accuracy, "seconds": state.seconds}
        values |= {"speed": state.step * self.config.batch_size / max(state.seconds, 1e-9)}
        self.run.log(**values)
        better = scores.loss < state.best_loss
        if better:
            state.best_loss, state.best_epoch = scores.loss, epoch + 1
            self.write("best.safetensors", {"validation": scores.to_dict()})
        state.sums = [0.0, 0.0, 0.0]
        self.save()
        self.report({"kind": "epoch", "best": better, "epochs": self.config.epochs, **values})

    def save(self) -> None:
        """Writes the last checkpoint and the trainer's state beside it."""
        self.write("last.safetensors", {})
        tensors = {f"model.{key}": value for key, value in self.model.state_dict().items()}
        if self.config.ema:
            tensors |= {f"average.{key}": value for key, value in self.average.model.state_dict().items()}
        for number, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{key}": torch.as_tensor(value) for key, value in values.items()}
        info = self.info() | {"state": vars(self.state), "precision": self.precision}
        checkpoint.save(self.run.path / "state.safetensors", tensors, info)
        self.saved = time.monotonic()

    def restore(self) -> None:
        """Takes up what `save` wrote; a run that saved nothing starts from its beginning."""
        from safetensors.torch import load_file

        path = self.run.path / "state.safetensors"
        if not path.is_file():
            return
        info, tensors = checkpoint.read_info(path), load_file(str(path))
        self.state, self.precision = State(**info["state"]), info["precision"]
        self.model.load_state_dict(_under(tensors, "model."))
        if self.config.ema:
            self.average.model.load_state_dict(_under(tensors, "average."))
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in _under(tensors, "optimizer.").items():
            number, name = key.split(".", 1)
            slots.setdefault(int(number), {})[name] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": slots, "param_groups": groups})

    def info(self) -> dict[str, Any]:
        """What a checkpoint of this run says of itself."""
        data, config = self.material.train, self.config
        seen = sorted({*self.parent.get("seen", []), *config.dataset.split("+")})
        before = [*self.parent.get("before", []), self.parent["command"]] if self.parent.get("command") else []
        size = {"train": len(data), "validation": len(self.material.valid)}
        described = {"model": config.model, "classes": data.classes, "framing": data.framing, "dataset": config.dataset}
        made = {"command": config.command(), "before": before, "seen": seen}
        return described | {"sizes": size, "config": config.to_dict(), **made}

    def write(self, name: str, figures: dict[str, Any], **extra: Any) -> Path:
        """Writes the averaged weights as a checkpoint of the run."""
        path = self.run.path / name
        checkpoint.save(path, self.average.model.state_dict(), self.info() | {"figures": figures, **extra})
        return path

    def finish(self) -> Path:
        """Calibrates the best weights on validation, scores each test part once, and writes both into the checkpoint."""
        model, info = checkpoint.load(self.run.path / "best.safetensors")
        valid = self.material.valid
        info["temperature"] = fit_temperature(logits(model, valid.images), torch.from_numpy(valid.labels))
        figures: dict[str, Any] = {"validation": evaluate(model, info, valid)[0].to_dict()}
        for name, data in self.material.tests.items():
            scores: Scores = evaluate(model, info, data)[0]
            figures[f"{name} test"] = scores.to_dict()
        info |= {"figures": figures, "best_epoch": self.state.best_epoch, "seconds": round(self.state.seconds)}
        path = self.run.path / "best.safetensors"
        checkpoint.save(path, model.state_dict(), info)
        self.run.log(figures=figures)
        self.run.set_status("finished", step=self.state.step, total=self.total, figures=figures)
        self.report({"kind": "end", "figures": figures, "seconds": self.state.seconds})
        return path


def start_from(model: Classifier, config: TrainConfig) -> dict[str, Any]:
    """Copies the weights of `init_from` into `model`, all but a head of another size; gives what those say of themselves."""
    path = checkpoint.find(config.init_from)
    other, info = checkpoint.load(path)
    if info["model"] != config.model:
        raise HwrError(f'{path.name} is a "{info["model"]}" network: give --model {info["model"]} to start from it.')
    own = model.state_dict()
    same = {key: value for key, value in other.state_dict().items() if own[key].shape == value.shape}
    model.load_state_dict(same, strict=False)
    return info


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
