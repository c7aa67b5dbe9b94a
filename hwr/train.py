"""train(config): the loop. Order, augmentation and dropout follow from seed and step alone, so a run can go on anywhere.

Validation chooses the best epoch; the test part is scored once, at the end, with the best weights. It prints nothing and
draws nothing: it is given a run to log to and a function that is told of progress. Under torchrun several processes share
each batch (hwr.distributed), and all that is written is written by the first.
"""

from __future__ import annotations

import math
import time
import zlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from hwr import checkpoint, insight
from hwr.augment import augment
from hwr.config import TrainConfig
from hwr.distributed import ALONE, SEEDS_APART, Agreed, Team
from hwr.errors import HwrError
from hwr.evaluate import Scores, evaluate, fit_temperature, recall, score
from hwr.honest import check_test
from hwr.journal import Journal, Report, State
from hwr.loss import Loss
from hwr.material import Material, prepare
from hwr.models import build, entry, logits, probabilities
from hwr.optim import Average, describe_device, keep_memory, learning_rate, make_optimizer, pick_device, precision
from hwr.parent import figures_before, start_from
from hwr.reject import DEFAULT, Rejects
from hwr.runs import Run, stop_on_signal


def train(
    config: TrainConfig,
    run: Run,
    *,
    folder: Path,
    resume: bool = False,
    report: Report | None = None,
    team: Team = ALONE,
) -> Path:
    """Trains as `config` says and gives the path of the best checkpoint.

    `folder` holds the datasets. A stop (Ctrl-C, or a file "stop" in the run) saves and leaves; `resume` goes on from there.
    Raises HwrError for data, settings or weights that cannot be used, and when the loss is no longer a number.
    """
    entry(config.check().model)
    with team.watched():
        begun = team.tell(lambda: resume and (run.path / "state.safetensors").is_file())
        if not begun:  # else its state holds all of `init_from`, which may be gone by now
            team.tell(lambda: check_test(config))
        material = team.together(lambda: prepare(config, folder))
        team.check_same(zlib.crc32(material.train.labels, zlib.crc32(material.train.images)))
        trainer = Trainer(config, run, material, report or (lambda values: None), team=team, begun=begun)
        if resume:
            trainer.restore()
        with stop_on_signal(run):
            finished = trainer.fit()
    return trainer.finish() if finished and team.first else run.path / "last.safetensors"


class Trainer:
    """One training: model, averaged model, optimizer and data on the device, and the state between steps."""

    def __init__(
        self,
        config: TrainConfig,
        run: Run,
        material: Material,
        report: Report,
        *,
        team: Team = ALONE,
        begun: bool = False,
    ):
        self.config, self.run, self.material, self.team, self.begun = config, run, material, team, begun
        torch.set_num_threads(team.threads(config.threads))
        keep_memory()
        torch.set_flush_denormal(True)  # numbers near zero cost a hundred times as much otherwise
        torch.manual_seed(config.seed)
        self.device = team.together(lambda: team.device(pick_device(config.device)))
        self.classes = material.train.classes
        self.rejects = Rejects(config, material.train.framing)
        self.reject: dict[str, Any] = DEFAULT if self.rejects.extra else {}
        self.model = build(config.model, len(self.classes) + self.rejects.extra, dropout=config.dropout)
        self.parent: dict[str, Any] = {}
        if config.init_from and not begun:
            self.parent = team.tell(lambda: start_from(self.model, config, self.classes))
        self.model = self.model.to(self.device).to(memory_format=torch.channels_last)
        self.shared = team.shared(self.model)
        self.average = Average(self.model, config.ema)
        self.optimizer = make_optimizer(self.model, config)
        self.precision = team.tell(lambda: precision(config, self.device))
        self.images = torch.from_numpy(material.train.images).to(self.device)
        self.labels = torch.from_numpy(material.train.labels).to(self.device)
        self.loss = Loss(self.classes, config.label_smoothing)
        team.check_batch(min(config.batch_size, len(self.labels)))
        self.steps_per_epoch = max(1, len(self.labels) // config.batch_size)
        self.total = self.steps_per_epoch * config.epochs
        self.state = State()
        self.journal = Journal(config, run, report, total=self.total)
        self.saved = time.monotonic()

    def fit(self) -> bool:
        """Steps to the end; False when it was asked to stop before."""
        together = f", {self.team.size} processes" if self.team.size > 1 else ""
        self.journal.device = describe_device(self.device, self.precision) + together
        while not self.done():
            if not self.epoch():
                self.save()
                self.run.clear_stop()
                self.run.set_status("stopped", progress=self.journal.progress(self.state))
                return False
        return True

    def done(self) -> bool:
        """Whether all epochs are learned, or so many without a better validation that it is given up."""
        patience, state = self.config.early_stop, self.state
        if patience and state.epoch < self.config.epochs and state.epoch - state.best_epoch >= patience:
            self.run.note(f"No better validation for {patience} epochs: stopped early.")
            return True
        return state.epoch >= self.config.epochs

    def epoch(self) -> bool:
        """What is left of the present epoch, and its validation; False when asked to stop before its last step."""
        state = self.state
        order = self.order(state.epoch)
        self.model.train()
        for place in range(state.step - state.epoch * self.steps_per_epoch, self.steps_per_epoch):
            if self.team.any(self.run.should_stop()):
                return False
            began = time.monotonic()
            rate = self.step(order[place * self.config.batch_size :][: self.config.batch_size])
            took = time.monotonic() - began
            state.seconds += took
            if time.monotonic() - self.saved + took >= self.config.save_seconds:  # after one more step it would be late
                self.save()
            self.journal.step(state, rate)
        self.state = State(**self.team.tell(self.validate))
        return True

    def order(self, epoch: int) -> Tensor:
        """The order of the training pictures in an epoch, from the seed and the epoch alone."""
        random = torch.Generator().manual_seed(self.config.seed * 100_003 + epoch)
        return torch.randperm(len(self.labels), generator=random).to(self.device)

    def step(self, batch: Tensor) -> float:
        """One step of the optimizer on the pictures of `batch`, of which this process takes its share; the learning rate."""
        state, config = self.state, self.config
        index = self.team.share(batch)
        seed = config.seed * 1_000_003 + state.step + self.team.rank * SEEDS_APART
        random = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed)  # dropout
        pictures, labels = self.images[index].unsqueeze(1).float().div_(255), self.labels[index]
        pictures, targets = self.rejects.beside(pictures, labels, len(self.classes), random)
        if state.step // self.steps_per_epoch < config.epochs - config.clean_epochs:
            pictures = augment(pictures, config, random)
        rate = learning_rate(config, state.step / self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            answer = self.shared(pictures.contiguous(memory_format=torch.channels_last))
        loss = self.loss(answer.float(), targets)
        self.optimizer.zero_grad(set_to_none=True)
        (loss * (len(index) * self.team.size / len(batch))).backward()  # so that the mean over processes is the batch's
        self.optimizer.step()
        state.step += 1
        self.average.update(self.model, state.step)
        right = self.loss.right(answer, labels)
        for place, value in enumerate(self.team.sum([float(loss.detach() * len(index)), float(right), len(index)])):
            state.sums[place] += value
        self.check_loss(state.sums[0])
        return rate

    def check_loss(self, loss: float) -> None:
        """Raises Agreed, with the step and what to do, when a loss is no longer a number."""
        if not math.isfinite(loss):
            epoch = self.state.best_epoch
            kept = f"The best epoch so far, {epoch}, is kept." if epoch else "No epoch was finished."
            advice = f"start again with a lower --lr (it was {self.config.lr:g}) or with --precision float32"
            raise Agreed(f"The loss is no longer a number at step {self.state.step}: {advice}. {kept}")

    def validate(self) -> dict[str, Any]:
        """Scores the averaged weights on the validation part, logs the epoch, keeps the best; gives the new state.

        Best is the least calibrated loss: on a few thousand pictures the accuracy is too coarse to tell epochs apart.
        Killed between any two of its writes, a resumed run comes here again and writes the same.
        """
        state, valid = self.state, self.material.valid
        found = logits(self.average.model, valid.images)
        self.check_loss(float(found.sum()))
        temperature = fit_temperature(found[:, : len(self.classes)], torch.from_numpy(valid.labels))
        chances = probabilities(found / temperature, valid.classes)[1]
        scores = score(chances, valid.labels)
        better = scores.loss < state.best_loss
        if better:
            state.best_loss, state.best_epoch, state.best_accuracy = scores.loss, state.epoch + 1, scores.accuracy
            figures = {"validation": scores.to_dict()}
            self.reject = self.rejects.judge(self.average.model, found, self.classes)
            self.write("best.safetensors", figures, temperature=temperature, best_epoch=state.best_epoch)
            insight.save(self.run.path, insight.measure(chances, valid, state.best_epoch))
        values = {"valid_loss": scores.loss, "valid_accuracy": scores.accuracy}
        rate = learning_rate(self.config, state.step / self.total)
        self.journal.epoch(state, better=better, lr=rate, recall=recall(chances, valid), **values)
        state.sums = [0.0, 0.0, 0.0]
        state.epoch += 1
        self.save()
        return vars(state)

    def save(self) -> None:
        """Writes the last checkpoint and the trainer's state beside it."""
        if not self.team.first:
            return
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
        from safetensors.torch import load, load_file

        path = self.run.path / "state.safetensors"
        if not self.begun:
            self.run.rewind(step=0, epoch=0)
            return
        try:
            info, content = self.team.tell(lambda: checkpoint.read_info(path)), self.team.file(path)
            self._take_up(info, load_file(str(path)) if self.team.first else load(content))
        except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
            if isinstance(error, HwrError):
                raise
            raise Agreed(f"The state of the run {self.run.name} is damaged: start the training again.") from error

    def _take_up(self, info: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        self.parent = {key: info.get(key, []) for key in ("seen", "before")}
        place = {"epoch": info["state"]["step"] // self.steps_per_epoch, **info["state"]}
        self.state, self.precision, self.reject = State(**place), info["precision"], info.get("reject", {})
        self.run.rewind(step=self.state.step, epoch=self.state.epoch)
        self.model.load_state_dict(_under(tensors, "model."))
        if self.config.ema:
            self.average.model.load_state_dict(_under(tensors, "average."))
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in _under(tensors, "optimizer.").items():
            number, name = key.split(".", 1)
            layout = torch.channels_last if value.ndim == 4 else torch.contiguous_format
            slots.setdefault(int(number), {})[name] = value.contiguous(memory_format=layout)  # as it was, and as fast
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": slots, "param_groups": groups})

    def info(self) -> dict[str, Any]:
        """What a checkpoint of this run says of itself."""
        data, config = self.material.train, self.config
        seen = sorted({*self.parent.get("seen", []), *config.dataset.split("+")})
        before = [*self.parent.get("before", []), self.parent["command"]] if self.parent.get("command") else []
        size = {"train": len(data), "validation": len(self.material.valid)}
        described = {"model": config.model, "classes": data.classes, "framing": data.framing, "dataset": config.dataset}
        made: dict[str, Any] = {"command": config.command(), "before": before, "seen": seen}
        made |= {"reject": self.reject} if self.reject else {}
        return described | {"sizes": size, "config": config.to_dict(), **made}

    def write(self, name: str, figures: dict[str, Any], **extra: Any) -> Path:
        """Writes the averaged weights as a checkpoint of the run."""
        path = self.run.path / name
        checkpoint.save(path, self.average.model.state_dict(), self.info() | {"figures": figures, **extra})
        return path

    def finish(self) -> Path:
        """Calibrates the best weights on validation, scores each test part once, and writes both into the checkpoint."""
        self.run.set_status("running", phase="scoring", progress=self.journal.progress(self.state))
        model, info = checkpoint.load(self.run.path / "best.safetensors")
        valid = self.material.valid
        found = logits(model, valid.images)
        info["temperature"] = fit_temperature(found[:, : len(self.classes)], torch.from_numpy(valid.labels))
        info |= {"reject": judged} if (judged := self.rejects.judge(model, found, self.classes)) else {}
        figures: dict[str, Any] = {"validation": evaluate(model, info, valid)[0].to_dict()}
        for name, data in self.material.tests.items():
            scores: Scores = evaluate(model, info, data)[0]
            figures[f"{name} test"] = scores.to_dict()
        before = figures_before(self.config, self.material.tests)
        info |= {"figures": figures, "best_epoch": self.state.best_epoch, "seconds": round(self.state.seconds)}
        info |= {"figures_before": before} if before else {}
        path = self.run.path / "best.safetensors"
        checkpoint.save(path, model.state_dict(), info)
        self.run.clear_stop()
        self.journal.end(self.state, figures, before)
        return path


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
