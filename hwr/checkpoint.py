"""A checkpoint is one safetensors file: the weights, and in its header all that is needed to rebuild and judge the network.

Reading headers needs no torch. Nothing is ever unpickled; a broken or foreign file gives one sentence. Files are written
whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

import hwr
from hwr import readonly, runs
from hwr.classes import DIGITS, parse_charset
from hwr.config import FRAMINGS
from hwr.errors import HwrError
from hwr.networks import STRIPS

if TYPE_CHECKING:
    from torch import nn

FORMAT = 1
BEST = "best.safetensors"  # of a run
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
REQUIRED = ("model", "classes", "framing")


def find(weights: str | Path) -> Path:
    """The file of `weights`: a path, a name in weights/, or a run; raises HwrError that lists the names there are."""
    if not isinstance(weights, str | Path):
        raise HwrError(f'Weights are named by a string or a path, for example "digits", not by {weights!r}.')
    for candidate in _places(weights):
        with contextlib.suppress(OSError):  # a name too long for a file is no name of one
            if candidate.is_file():
                return candidate
    names = ", ".join(item["name"] for item in list_weights()) or "none yet"
    raise HwrError(f'There are no weights "{weights}"; give the path of a .safetensors file or one of: {names}.')


def _places(weights: str | Path) -> Iterator[Path]:
    """Where weights can be, the quickest to look at first: all runs are looked through only at the end."""
    path, folder = Path(weights), runs.runs_folder()
    yield from (path, WEIGHTS / f"{weights}.safetensors", path / BEST, folder / path / BEST)
    if run := runs.used(folder).get(str(weights)):
        yield run.path / BEST


def list_weights(folder: Path | None = None) -> list[dict[str, Any]]:
    """The checkpoints in a folder, by name: their header with "name", "path" and "bytes"; broken files are left out.

    Without a folder: those in weights/, and the best one of each run that is read with.
    """
    files = {path.stem: path for path in sorted((folder or WEIGHTS).glob("*.safetensors"))}
    if folder is None:
        trained = runs.used(runs.runs_folder()).items()
        files |= {run.name if name in files else name: run.path / BEST for name, run in trained}
    found = []
    for name, path in files.items():
        with contextlib.suppress(HwrError, OSError):
            found.append({**read_info(path), "name": name, "path": path, "bytes": path.stat().st_size})
    return found


def title(path: Path) -> str:
    """What a checkpoint is called: its file's name, or that of its run's folder."""
    return path.resolve().parent.name if path.name == BEST else path.stem


def best_weights(names: list[str], charset: str | None = None) -> str:
    """The weights for a charset: "digits" when it holds digits only, else "characters", else the best that is there.

    Raises HwrError when there are no weights.
    """
    digits_only = charset is not None and set(parse_charset(charset)) <= set(DIGITS)
    wanted = ["digits", "mnist"] if digits_only else ["characters", "emnist-bymerge"]
    found = [name for name in (*wanted, *names) if name in names]
    if not found:
        raise HwrError("There are no weights to read with; train some: python -m hwr train --dataset mnist.")
    return found[0]


def read_info(path: str | Path) -> dict[str, Any]:
    """What a checkpoint says of itself: model, classes, framing, dataset, config, figures, temperature, version.

    Raises HwrError when the file is not a checkpoint of ours, is broken, or is of a newer format.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            text = (file.metadata() or {}).get("hwr")
    except (OSError, SafetensorError) as error:
        raise HwrError(
            f"{Path(path).name} is not a readable checkpoint: {_reason(error)}. Train or copy it again."
        ) from error
    if text is None:
        raise HwrError(
            f"{Path(path).name} is a safetensors file, but not a checkpoint of hwr: it does not say its network."
        )
    return parse_info(text, Path(path).name)


def parse_info(text: str, name: str) -> dict[str, Any]:
    """What the file `name` says of itself, from its JSON; raises HwrError when that is broken or of a newer format."""
    again = "train or copy the checkpoint again"
    try:
        info = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HwrError(f"The description in {name} is broken; {again}.") from error
    missing = [key for key in REQUIRED if not isinstance(info, dict) or not isinstance(info.get(key), str)]
    if missing:
        raise HwrError(f"{name} does not name its {', '.join(missing)}; {again}.")
    version = info.get("format", 0)
    if not isinstance(version, int) or version > FORMAT:
        raise HwrError(f"{name} was made by a newer hwr ({info.get('version', '?')}); update hwr to use it.")
    classes = info["classes"]
    if not classes or len(set(classes)) < len(classes):
        raise HwrError(f"{name} has no classes, or one of them twice; {again}.")
    if info["framing"] not in (*FRAMINGS, STRIPS):
        raise HwrError(f'{name} has an unknown framing, "{info["framing"]}"; {again}.')
    return info


def load(path: str | Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network in a checkpoint, ready to predict, and what the checkpoint says of itself.

    Raises HwrError when keys are missing or have the wrong shape, or when the weights give no numbers.
    """
    import torch
    from safetensors.torch import load_file

    from hwr.networks import gives_numbers, rebuild

    info = read_info(path)
    name = Path(path).name
    model = rebuild(info)
    try:
        model.load_state_dict(load_file(str(path)))
    except (RuntimeError, SafetensorError) as error:
        first = str(error).splitlines()[-1].strip()
        raise HwrError(f'The weights in {name} do not fit the network "{info["model"]}": {first}') from error
    model = model.eval().to(memory_format=torch.channels_last)
    if not gives_numbers(model, info):
        raise HwrError(f"The weights in {name} give no numbers; train or copy the checkpoint again.")
    return model, info


def save(path: str | Path, tensors: dict[str, Any], info: dict[str, Any]) -> None:
    """Writes tensors and their description, whole or not at all; raises HwrError when the disk is full or read-only."""
    from safetensors.torch import save as to_bytes

    header = {"format": FORMAT, "version": hwr.__version__, **info}
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_whole(path, to_bytes(plain, {"hwr": json.dumps(header)}))


def write_whole(path: str | Path, content: bytes | Iterable[bytes]) -> None:
    """Replaces a file by `content`, whole or in parts, in one step: a reader sees the old file or the new one.

    A device or a pipe, such as /dev/stdout, is written to and stays. Raises HwrError for a folder, or when the disk is
    full or read-only; whatever ends the parts early leaves the older file as it was.
    """
    path = Path(path)
    check_output(path)
    parts = iter([content] if isinstance(content, bytes) else content)
    temporary = None
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                _write_parts(file, parts)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            _write_parts(file, parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        advice = "free some space or choose another folder; the older file, if there was one, is untouched"
        raise HwrError(f"Cannot save {path.name} ({error.strerror or error}): {advice}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _write_parts(file: IO[bytes], parts: Iterator[bytes]) -> None:
    for part in parts:
        file.write(part)


def check_output(path: str | Path) -> None:
    """Raises HwrError for what `write_whole` cannot replace, a folder or a file below a file, and in read-only mode.

    It is told before long work.
    """
    path = Path(path)
    if path.is_file() or not path.exists():  # a device keeps nothing
        readonly.refuse("Writing files", path)
    with contextlib.suppress(OSError):
        if path.is_dir():
            raise HwrError(f'Cannot save to "{path}": it is a folder; name a file in it.')
        above = next((parent for parent in path.parents if parent.exists()), path)
        if not path.exists() and not (above.is_dir() and os.access(above, os.W_OK)):
            raise HwrError(f'Cannot save to "{path}": "{above}" is no folder that can be written to.')


def temperature(info: dict[str, Any]) -> float:
    """What logits are divided by so that confidence is calibrated; 1 when the checkpoint does not say."""
    value = info.get("temperature", 1.0)
    return float(value) if isinstance(value, (int, float)) and 0.01 <= value <= 100 else 1.0


def threshold(info: dict[str, Any]) -> float:
    """The chance of being no character from which a glyph is rejected; over 1 when the network has not learned to reject."""
    reject = info.get("reject")
    value = reject.get("threshold") if isinstance(reject, dict) else 2.0
    return float(value) if isinstance(value, (int, float)) and value > 0 else 0.5


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.removeprefix("Error while deserializing header: ")
