"""Words, numbers, cheques and pages read by single characters, at once, in both ways, with a list of words, and by Tesseract.

The same pictures for all, through `Recognizer.read`, case folded, spaces left out. UNIPEN's words and MNIST's strings are of
writers and digits kept out of training (`--count` of each, drawn by a fixed seed with pens of all widths); cheques and pages
are the trial pictures under HWR_DATA/ink. Run `python -m benchmarks.lines --data-dir DIR [--tesseract]` for the tables and
`--speed` for how fast words are read at once, on an idle machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.ink import Score, Trial, tesseract, truth
from hwr import Recognizer
from hwr.classes import WRITING
from hwr.lines.data import LineSource, load_lines
from hwr.lines.hands import PENS, Printed, Written
from hwr.lines.letters import likely
from hwr.lines.words import WordList

SEED = 11
WARM, ROUNDS = 2, 5


@dataclass(frozen=True)
class Material:
    """One kind of writing: its pictures with their texts, how it is read, and Tesseract's page segmentation mode."""

    name: str
    pictures: Callable[[Path, int], Iterator[tuple[Any, str]]]
    charset: str
    layout: str = "line"
    psm: int = 7
    words: bool = False


def drawn(
    dataset: str, keep: Callable[[str], bool], *, plain: bool = False
) -> Callable[[Path, int], Iterator[tuple[Any, str]]]:
    """Lines of a dataset's test part whose text is wanted, as pictures dark on light; `plain`: by one hand, none joined."""

    def pictures(folder: Path, count: int) -> Iterator[tuple[Any, str]]:
        lines = load_lines(dataset, LineSource("test", folder, WRITING))
        if isinstance(lines.hands[0], Written):
            lines.hands[0].legible = np.inf  # any pen, also one that blots out small letters
        if isinstance(lines.hands[0], Printed):
            lines.hands[0].broadest = PENS[1]
            if plain:
                lines.hands[0].own, lines.hands[0].tied = 1.0, 0.0
        rng = np.random.default_rng(SEED)
        found = 0
        for number in rng.permutation(len(lines)).tolist():
            ink, text = lines.hands[0].write(number, rng)
            if found < count and keep(text):
                found += 1
                yield 255 - np.pad(ink, 24), text

    return pictures


def taken(trial: Trial) -> Callable[[Path, int], Iterator[tuple[Any, str]]]:
    """Trial pictures."""

    def pictures(folder: Path, count: int) -> Iterator[tuple[Any, str]]:
        for entry in trial.entries(folder / "ink"):
            yield folder / "ink" / entry["file"], truth(entry)

    return pictures


def is_kind(*kinds: str) -> Callable[[dict[str, Any]], bool]:
    return lambda entry: "lines" in entry and any(kind in entry.get("kind", "") for kind in kinds)


def is_number(text: str) -> bool:
    return text.isdigit() and len(text) > 1


MATERIAL = (
    Material(
        "words, small letters",
        drawn("unipen-words", lambda text: text.isalpha() and text.islower() and len(text) > 1),
        "a-z",
        words=True,
    ),
    Material(
        "words, capitals",
        drawn("unipen-words", lambda text: text.isalpha() and text.isupper() and len(text) > 1),
        "A-Z",
    ),
    Material("numbers of pen strokes, one hand each", drawn("unipen-numbers", is_number, plain=True), "0-9"),
    Material("numbers of pen strokes, many hands, some joined", drawn("unipen-numbers", is_number), "0-9"),
    Material("strings of 3 to 8 MNIST digits", drawn("mnist-strings", lambda text: 3 <= len(text) <= 8), "0-9"),
    Material("cheque amounts, ORAND-CAR-A", taken(Trial("orand_car_a", "line", 7)), "0-9"),
    Material(
        "photographed pages, hand print",
        taken(Trial("photos_pages", "page", 6, is_kind("print-hand", "block"))),
        "A-Za-z0-9",
        "page",
        6,
        words=True,
    ),
    Material(
        "photographed pages, cursive",
        taken(Trial("photos_pages", "page", 6, is_kind("cursive"))),
        "A-Za-z0-9",
        "page",
        6,
        words=True,
    ),
)


def compare(material: Material, recognizer: Recognizer, folder: Path, count: int, *, rival: bool) -> list[str]:
    """The rows of one kind of writing: whole right and character error rate of each way to read."""
    ways: dict[str, dict[str, Any]] = {name: {"reader": name} for name in ("glyphs", "lines", "auto")}
    if material.words:
        ways["lines, not spelled"] = {"reader": "lines", "words": None}
        ways["auto, English words"] = {"reader": "auto", "words": WordList.named("English")}
    scores = {name: Score() for name in (*ways, *(["Tesseract"] if rival else []))}
    for picture, text in material.pictures(folder, count):
        for name, how in ways.items():
            page = recognizer.read(picture, layout=material.layout, charset=material.charset, **how)
            scores[name].add(text, page.text)
        if rival:
            scores["Tesseract"].add(text, rivals(picture, material.psm))
    return [f"| {material.name} | {name} | {score.cells()} |" for name, score in scores.items()]


def rivals(picture: Any, psm: int) -> str:
    """What Tesseract reads of a file or an array."""
    if isinstance(picture, Path):
        return tesseract(picture, psm)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.png"
        Image.fromarray(picture).save(path)
        return tesseract(path, psm)


def speed(recognizer: Recognizer, folder: Path, count: int) -> None:
    """Prints words a second, many at once, and milliseconds a line, one at a time: medians of several rounds."""
    lines = load_lines("unipen-words", LineSource("test", folder, WRITING))
    rng = np.random.default_rng(SEED)
    inks = [lines.hands[0].write(number, rng)[0] for number in rng.permutation(len(lines))[:count].tolist()]
    reader = recognizer.lines()
    if reader is None:
        raise SystemExit("There are no weights for lines.")
    rates, times, letters = [], [], likely("letters")
    for turn in range(WARM + ROUNDS):
        start = time.perf_counter()
        reader.read(inks, words=letters)
        rate = len(inks) / (time.perf_counter() - start)
        single = []
        for ink in inks[:50]:
            start = time.perf_counter()
            reader.read([ink], words=letters)
            single.append(time.perf_counter() - start)
        if turn >= WARM:
            rates.append(rate)
            times += single
    print(f"{statistics.median(rates):.0f} words a second, {statistics.median(times) * 1000:.1f} ms a line by itself")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--count", type=int, default=400, help="drawn lines of each kind (default %(default)s)")
    parser.add_argument("--tesseract", action="store_true", help="rows for Tesseract (apt install tesseract-ocr)")
    parser.add_argument("--only", nargs="*", default=[""], help="kinds of writing with one of these in their names")
    parser.add_argument("--speed", action="store_true", help="time the reading of words at once, nothing else")
    arguments = parser.parse_args()
    if not arguments.data_dir:
        parser.error("name the data with --data-dir or HWR_DATA")
    recognizer = Recognizer.load("characters")
    if arguments.speed:
        speed(recognizer, arguments.data_dir, arguments.count)
        return
    print("| writing | read by | whole right | CER |\n|---|---|---|---|")
    for material in (each for each in MATERIAL if any(part in each.name for part in arguments.only)):
        for row in compare(material, recognizer, arguments.data_dir, arguments.count, rival=arguments.tesseract):
            print(row, flush=True)


if __name__ == "__main__":
    main()
