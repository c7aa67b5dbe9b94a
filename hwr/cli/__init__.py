"""python -m hwr ...: a thin face over the package, one module a command.

Results go to standard output, progress and errors to standard error; bad input is one sentence and exit status 1.
Each module has `add_options(command)` and `execute(options)`, which gives an exit status or None.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence

from hwr import __version__
from hwr.cli import average, data, evaluate, export, machine, models, read, runs, speed, train, tune
from hwr.errors import HwrError

COMMANDS = {
    "train": (train, "learn weights from a dataset"),
    "tune": (tune, "search for good settings with many short trainings"),
    "evaluate": (evaluate, "score weights on a dataset's test part"),
    "average": (average, "the mean of several weights of one network, as new weights"),
    "export": (export, "a network as a file for other programs: ONNX, torch.export, TensorFlow Lite"),
    "read": (read, "read pictures and PDFs"),
    "models": (models, "the networks and the weights that are here"),
    "data": (data, "the datasets"),
    "runs": (runs, "the trainings so far"),
    "machine": (machine, "what this machine can train with"),
    "speed": (speed, "how fast this machine would train, measured on a few steps"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    options = parser().parse_args(arguments)
    try:
        status = options.run(options) or 0
        print(end="", flush=True)  # a full disk or a closed pipe is found here, not after the end
        return status
    except KeyboardInterrupt:
        return _say("stopped.", 130)
    except HwrError as error:
        return _say(str(error))
    except BrokenPipeError:  # who read the output has seen enough
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        return _say(f"{error.strerror or error}; free some space or write to another place.")


def _say(sentence: str, status: int = 1) -> int:
    print(f"hwr: {sentence}", file=sys.stderr)
    return status


def _drop_output() -> None:
    """What could not be written is not tried again when Python ends, which would end in a traceback."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> argparse.ArgumentParser:
    """The command line; options of `train` are made from TrainConfig."""
    top = argparse.ArgumentParser(prog="python -m hwr", description="Handwriting recognition.")
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, (module, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        module.add_options(command)
        command.set_defaults(run=module.execute)
    return top
