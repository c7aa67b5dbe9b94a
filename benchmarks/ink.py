"""Reads the trial pictures under HWR_DATA/ink and prints one table: how much is read right, and how fast.

Not a test set to quote: the pictures were looked at while the code was written. A page's lines count in order, spaces
left out. Run it with `python -m benchmarks.ink --data-dir DIR [--weights NAME] [--tesseract]`; the last column is
Debian's tesseract-ocr called as a person would call it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import string
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwr import Recognizer
from hwr.lines.score import distance
from hwr.recognize import READERS

ALPHANUMERIC = "0-9A-Za-z"


@dataclass(frozen=True)
class Trial:
    """A set of pictures read in one way; `psm` is Tesseract's page segmentation mode for it."""

    name: str
    layout: str
    psm: int
    keep: Callable[[dict[str, Any]], bool] = lambda entry: True

    def entries(self, folder: Path) -> list[dict[str, Any]]:
        return [entry for entry in json.loads((folder / f"{self.name}.json").read_text()) if self.keep(entry)]


def has_lines(entry: dict[str, Any]) -> bool:
    """Whether the text of a page is known, and all of it letters, digits and common punctuation of separate characters."""
    return "lines" in entry and "cursive" not in entry.get("kind", "")


TRIALS = {
    "char_images": Trial("char_images", "char", 10),
    "chars74k_hnd": Trial("chars74k_hnd", "char", 10),
    "photos_pages": Trial("photos_pages", "page", 6, has_lines),
    "orand_car_a": Trial("orand_car_a", "line", 7),
}


def truth(entry: dict[str, Any]) -> str:
    """What stands in a picture, lines one below the other."""
    return entry.get("label") or entry.get("text") or "\n".join(entry["lines"])


def charset_for(text: str) -> str:
    """The charset that a person who knows the kind of text would ask for."""
    chars = [char for char in text if char in string.ascii_letters + string.digits]
    signs = "+=-" if "=" in text or "+" in text else ""  # a sum or an equation
    if all(char.isdigit() for char in chars):
        return "0-9" + signs
    return ("A-Za-z" if all(char.isalpha() for char in chars) else ALPHANUMERIC) + signs


def plain(text: str, *, fold: bool = True) -> str:
    """Letters and digits alone, in one case, since many pairs of cases have one class only."""
    kept = "".join(char for char in text if char in string.ascii_letters + string.digits)
    return kept.upper() if fold else kept


@dataclass
class Score:
    """Sums over the pictures of one trial."""

    pictures: int = 0
    whole: int = 0
    characters: int = 0
    errors: int = 0

    def add(self, wanted: str, got: str) -> None:
        wanted, got = plain(wanted), plain(got)
        self.pictures += 1
        self.whole += wanted == got
        self.characters += len(wanted)
        self.errors += distance(wanted, got)

    def cells(self) -> str:
        right = f"{self.whole / max(1, self.pictures):.1%}"
        return f"{right} ({self.whole}/{self.pictures}) | {self.errors / max(1, self.characters):.1%}"


def tesseract(path: Path, psm: int) -> str:
    """What Tesseract's command line reads."""
    command = ["tesseract", str(path), "-", "--psm", str(psm)]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment).stdout


def run(trial: Trial, folder: Path, recognizer: Recognizer, *, reader: str, rival: bool, show: bool) -> str:
    """One row of the table; with `show` also a line for each picture that is not read right."""
    score, other, times = Score(), Score(), []
    for entry in trial.entries(folder):
        path, wanted = folder / entry["file"], truth(entry)
        start = time.perf_counter()
        got = recognizer.read(path, layout=trial.layout, charset=charset_for(wanted), reader=reader).text
        times.append(time.perf_counter() - start)
        score.add(wanted, got)
        if show and plain(wanted) != plain(got):
            print(f"  {path.name}: {wanted!r} read as {got!r}")
        if rival:
            other.add(wanted, tesseract(path, trial.psm))
    row = f"| {trial.name} | {trial.layout} | {score.cells()} | {statistics.median(times) * 1000:.0f} ms |"
    return f"{row} {other.cells()} |" if rival else row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--weights", default="characters")
    parser.add_argument("--reader", default="auto", choices=READERS)
    parser.add_argument("--sets", nargs="*", choices=TRIALS, default=list(TRIALS))
    parser.add_argument("--tesseract", action="store_true", help="a column for Tesseract (apt install tesseract-ocr)")
    parser.add_argument("--show", action="store_true", help="list what is read wrong")
    arguments = parser.parse_args()
    if not arguments.data_dir:
        parser.error("name the data with --data-dir or HWR_DATA")
    recognizer = Recognizer.load(arguments.weights)
    rows = [
        run(
            TRIALS[name],
            arguments.data_dir / "ink",
            recognizer,
            reader=arguments.reader,
            rival=arguments.tesseract,
            show=arguments.show,
        )
        for name in arguments.sets
    ]
    rival_head, rival_rule = (" Tesseract whole | its CER |", "---|---|") if arguments.tesseract else ("", "")
    print(f"| set | layout | whole picture right | CER | median time |{rival_head}\n|---|---|---|---|---|{rival_rule}")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
