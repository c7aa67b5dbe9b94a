"""train(config): the loop. Order, augmentation and dropout follow from seed and step alone, so a run can go on anywhere.

Validation chooses the best epoch; the test part is scored once, at the end, with the best weights. It prints nothing and
draws nothing: it is given a run to log to and a function that is told of progress. Under torchrun several processes share
each batch (hwr.distributed), and all that is written is written by the first.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from hwr import checkpoint
from hwr.config import TrainConfig
from hwr.distributed import ALONE, SEEDS_APART, Agreed, Team
from hwr.errors import HwrError
from hwr.honest import check_test
from hwr.journal import Journal, Report, State
from hwr.networks import check_network
from hwr.optim import Average, describe_device, keep_memory, learning_rate, make_optimizer, pick_device, precision
from hwr.parent import start_from
from hwr.runs import Run, stop_on_signal
from hwr.tasks import LineMaterial, Material, prepare, task_of


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
    check_network(config.check().model)
    with team.watched():
        begun = team.tell(lambda: resume and (run.path / "state.safetensors").is_file())
        if not begun:  # else its state holds all of `init_from`, which may be gone by now
            team.tell(lambda: check_test(config))
        material = team.together(lambda: prepare(config, folder))
        trainer = Trainer(config, run, material, report or (lambda values: None), team=team, begun=begun)
        team.check_same(trainer.task.mark())
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
        material: Material | LineMaterial,
        report: Report,
        *,
        team: Team = ALONE,
        begun: bool = False,
    ):
        self.config, self.run, self.team, self.begun = config, run, team, begun
        self.task = task_of(config, material, team)
        torch.set_num_threads(team.threads(config.threads))
        keep_memory()
        torch.set_flush_denormal(True)  # numbers near zero cost a hundred times as much otherwise
        torch.manual_seed(config.seed)
        self.device = team.together(lambda: team.device(pick_device(config.device)))
        self.more = self.task.more
        self.model = self.task.network()
        self.parent: dict[str, Any] = {}
        if config.init_from and not begun:
            self.parent = team.tell(lambda: start_from(self.model, config, self.task.classes))
        self.model = self.model.to(self.device).to(memory_format=torch.channels_last)
        self.shared = team.shared(self.model)
        self.average = Average(self.model, config.ema)
        self.optimizer = make_optimizer(self.model, config)
        self.precision = team.tell(lambda: precision(config, self.device))
        self.task.to(self.device, self.precision)
        team.check_batch(min(config.batch_size, self.task.count))
        self.steps_per_epoch = self.task.steps
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
        self.model.train()
        for batch in self.task.batches(state.epoch, state.step - state.epoch * self.steps_per_epoch):
            if self.team.any(self.run.should_stop()):
                return False
            began = time.monotonic()
            rate = self.step(batch)
            took = time.monotonic() - began
            state.seconds += took
            if time.monotonic() - self.saved + took >= self.config.save_seconds:  # after one more step it would be late
                self.save()
            self.journal.step(state, rate)
        self.state = State(**self.team.tell(self.validate))
        return True

    def step(self, batch: Any) -> float:
        """One step of the optimizer on a batch, of which this process takes its share; the learning rate."""
        state, config = self.state, self.config
        seed = config.seed * 1_000_003 + state.step + self.team.rank * SEEDS_APART
        torch.manual_seed(seed)  # dropout
        rate = learning_rate(config, state.step / self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        clean = state.step // self.steps_per_epoch >= config.epochs - config.clean_epochs
        learned = self.task.learn(self.shared, batch, seed=seed, clean=clean)
        self.optimizer.zero_grad(set_to_none=True)
        # so that the mean over processes is the batch's
        (learned.loss * (learned.count * self.team.size / learned.whole)).backward()
        self.optimizer.step()
        state.step += 1
        self.average.update(self.model, state.step)
        loss = float(learned.loss.detach()) * learned.count
        for place, value in enumerate(self.team.sum([loss, learned.right, learned.count])):
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
        state = self.state
        found = self.task.validate(self.average.model)
        self.check_loss(found.loss)
        better = found.loss < state.best_loss
        if better:
            state.best_loss, state.best_epoch, state.best_accuracy = found.loss, state.epoch + 1, found.accuracy
            self.more = found.more
            extra = {"temperature": found.temperature, "best_epoch": state.best_epoch}
            self.write("best.safetensors", {"validation": found.figures}, **extra)
            self.task.keep(self.run.path, state.best_epoch)
        values = {"valid_loss": found.loss, "valid_accuracy": found.accuracy, **found.row}
        rate = learning_rate(self.config, state.step / self.total)
        self.journal.epoch(state, better=better, lr=rate, **values)
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
        self.state, self.precision = State(**place), info["precision"]
        self.more = {"reject": info["reject"]} if info.get("reject") else {}
        self.task.to(self.device, self.precision)
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
        task, config = self.task, self.config
        seen = sorted({*self.parent.get("seen", []), *config.dataset.split("+")})
        before = [*self.parent.get("before", []), self.parent["command"]] if self.parent.get("command") else []
        described = {"model": config.model, "classes": task.classes, "framing": task.framing, "dataset": config.dataset}
        made = {"command": config.command(), "before": before, "seen": seen, **self.more}
        return described | {"sizes": task.sizes, "config": config.to_dict(), **made}

    def write(self, name: str, figures: dict[str, Any], **extra: Any) -> Path:
        """Writes the averaged weights as a checkpoint of the run."""
        path = self.run.path / name
        checkpoint.save(path, self.average.model.state_dict(), self.info() | {"figures": figures, **extra})
        return path

    def finish(self) -> Path:
        """Calibrates the best weights on validation, scores each test part once, and writes both into the checkpoint."""
        self.run.set_status("running", phase="scoring", progress=self.journal.progress(self.state))
        model, info = checkpoint.load(self.run.path / "best.safetensors")
        found = self.task.validate(model)
        info |= {"temperature": found.temperature, **found.more}
        figures: dict[str, Any] = {"validation": found.figures, **self.task.tests(model, info)}
        before = self.task.tests_before()
        info |= {"figures": figures, "best_epoch": self.state.best_epoch, "seconds": round(self.state.seconds)}
        info |= {"figures_before": before} if before else {}
        path = self.run.path / "best.safetensors"
        checkpoint.save(path, model.state_dict(), info)
        self.run.clear_stop()
        self.journal.end(self.state, figures, before)
        return path


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
