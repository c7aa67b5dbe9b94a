"""How far long work is: who is told, and the live line of a training in a terminal; in a log file, a line an epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

Watch = Callable[[str, float], None]  # told what is done, and the share of it in [0, 1]


class Progress:
    """Tells what a trainer reports: rewrites one line on a terminal, and keeps a line for each epoch."""

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.live = stream.isatty()
        self.width = 0

    def __call__(self, values: dict[str, Any]) -> None:
        kind = values["kind"]
        if kind == "step" and self.live:
            self._show(step_line(values))
        elif kind == "epoch":
            self.say(epoch_line(values))
        elif kind == "end":
            for name, figures in values["figures"].items():
                low, high = figures["interval"]
                self.say(f"{name}: accuracy {figures['accuracy']:.2%} ({low:.2%} to {high:.2%})")

    def say(self, text: str) -> None:
        """A line that stays."""
        self._show(text)
        print(file=self.stream, flush=True)
        self.width = 0

    def show(self, text: str) -> None:
        """A line that the next one replaces; nothing where lines cannot be replaced."""
        if self.live:
            self._show(text)

    def close(self) -> None:
        """Leaves the live line as it is and starts a new one."""
        if self.width:
            print(file=self.stream, flush=True)
            self.width = 0

    def _show(self, text: str) -> None:
        print(
            ("\r" if self.live else "") + text.ljust(self.width if self.live else 0),
            end="",
            file=self.stream,
            flush=True,
        )
        self.width = len(text)


def duration(seconds: float) -> str:
    """A time for reading: "0:42", "1:05:10", "3 days 2 h"."""
    minutes, rest = divmod(round(min(seconds, 1e9)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24:,} days {hours % 24} h"
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def step_line(values: dict[str, Any]) -> str:
    """epoch 2/5  step 300/1,115  loss 0.31  accuracy 96.10 %  21,000 images/s  0:12 left"""
    return (
        f"epoch {values['epoch']}/{values['epochs']}  step {values['step']:,}/{values['total']:,}  "
        f"loss {values['loss']:.4f}  accuracy {values['accuracy']:.2%}  "
        f"{values['speed']:,.0f} images/s  {duration(values['left'])} left"
    )


def epoch_line(values: dict[str, Any]) -> str:
    """epoch 2/5  loss 0.31  accuracy 96.10%  validation 97.80%  best"""
    return (
        f"epoch {values['epoch']}/{values['epochs']}  loss {values['loss']:.4f}  accuracy {values['accuracy']:.2%}  "
        f"validation loss {values['valid_loss']:.4f}  accuracy {values['valid_accuracy']:.2%}  "
        f"{values['speed']:,.0f} images/s  {values['seconds']:,.0f} s{'  best' if values['best'] else ''}"
    )
