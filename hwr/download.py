"""Datasets that torchvision fetches: whole or not at all, and once for all who ask at the same time.

What is in them, data.py knows.
"""

from __future__ import annotations

import errno
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from hwr import readonly
from hwr.errors import HwrError
from hwr.progress import Watch
from hwr.runs.process import Lock

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG, errno.ENOTDIR, errno.EEXIST)
ARCHIVES = {".gz", ".zip"}
FORGOTTEN = 86_400  # seconds after which what a killed download left is removed

LOOK = 0.3  # seconds between two looks at what has come

Make = Callable[[Path, bool], Any]  # a torchvision dataset from its folder and whether it may be fetched


def fetched(make: Make, name: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, 28, 28) and labels (n,) of a dataset in `folder`, fetched when it is not there.

    Raises HwrError when its files are damaged, when it cannot be downloaded, and when there is no room for it.
    """
    files = _present(make, name, folder)
    if files is None:
        _download(make, name, folder)
        files = _present(make, name, folder)
    if files is None:
        raise _absent(name, folder)
    return files


def _present(make: Make, name: str, folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """What is there; None when nothing is."""
    try:
        files = make(folder, False)
        images, labels = files.data.numpy(), files.targets.numpy().astype(np.int64)
        if images.shape != (len(labels), 28, 28):
            raise ValueError("pictures and labels do not belong together")
    except PermissionError as error:
        raise HwrError(f'Cannot read the dataset "{name}" in "{folder}" ({error.strerror}).') from error
    except (AssertionError, ValueError, EOFError, LookupError, RuntimeError, OSError) as error:
        if isinstance(error, RuntimeError) and "not found" in str(error):
            return None
        advice = f'delete its files in "{folder}", so that they are fetched again'
        raise HwrError(f'The files of the dataset "{name}" are damaged: {advice}.') from error
    return images, labels


def fetch(make: Make, name: str, folder: Path, watch: Watch, *, size: int) -> None:
    """Fetches a dataset of about `size` bytes when it is not in `folder`; `watch` is told how much has come.

    Ctrl-C ends it and leaves nothing behind. Raises HwrError as `fetched` does.
    """
    ended = threading.Event()
    teller = threading.Thread(target=_tell, args=(name, folder, watch, size, ended), daemon=True)
    teller.start()
    try:
        fetched(make, name, folder)
    finally:
        ended.set()
        teller.join()
    watch(f"{name} is here", 1.0)


def _tell(name: str, folder: Path, watch: Watch, size: int, ended: threading.Event) -> None:
    """Says how much lies in the folders beside, until it has ended."""
    while not ended.wait(LOOK):
        with suppress(OSError):
            come = sum(_bytes(path) for path in folder.glob(".download-*/**/*") if path.is_file())
            if come <= size:
                watch(f"Downloading {name}: {come / 1e6:,.0f} of {size / 1e6:,.0f} MB", 0.95 * come / size)
            else:
                watch(f"Unpacking {name}", 0.97)


def _bytes(path: Path) -> int:
    with suppress(OSError):  # gone meanwhile
        return path.stat().st_size
    return 0


def _download(make: Make, name: str, folder: Path) -> None:
    """Fetches into a folder beside and moves what is whole; who comes meanwhile waits and then finds it."""
    readonly.refuse("Downloading datasets")
    made = next(path for path in (folder, *folder.parents) if path.exists())
    lock = folder / ".download.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with Lock(lock):
            _sweep(folder)
            if _present(make, name, folder) is None:
                print(f"Downloading {name} ...", file=sys.stderr)
                with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as beside:
                    make(Path(beside), True)
                    _move(Path(beside), folder)
    except (OSError, RuntimeError, EOFError) as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            advice = "free some space, or choose another --data-dir (HWR_DATA)"
            raise HwrError(f'Cannot keep the dataset "{name}" in "{folder}" ({error.strerror}): {advice}.') from error
        raise _absent(name, folder) from error
    finally:
        with suppress(OSError):
            lock.unlink(missing_ok=True)
            while folder != made:  # folders made for nothing
                folder.rmdir()
                folder = folder.parent


def _absent(name: str, folder: Path) -> HwrError:
    advice = "connect to the internet once, or point --data-dir (HWR_DATA) to a folder that has it"
    return HwrError(f'The dataset "{name}" is not in "{folder}" and cannot be downloaded: {advice}.')


def _move(beside: Path, folder: Path) -> None:
    for path in sorted(beside.rglob("*")):
        target = folder / path.relative_to(beside)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif path.suffix not in ARCHIVES:
            path.replace(target)


def _sweep(folder: Path) -> None:
    for path in folder.glob(".download-*"):
        if time.time() - path.stat().st_mtime > FORGOTTEN:
            shutil.rmtree(path, ignore_errors=True)
