"""What was found of a dataset in words for a terminal, and the likeliest errors or pairs as one picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from hwr.kept import Finding
from hwr.palette import INK, PAPER
from hwr.survey.subject import PARTS
from hwr.survey.work import Work

CELL, ROOM, COLUMNS = 112, 30, 10  # pixels of a picture, of the words under it; cells in a row


def lines(work: Work, found: Finding, most: int) -> list[str]:
    """The finding as lines to print, at most so many of a list."""
    return {"show": _show, "errors": _errors, "duplicates": _pairs, "map": _map}[work.kind](work, found, most)


def sheet_of(work: Work, found: Finding, most: int) -> bytes:
    """The first errors, or pairs of test and training picture, as a PNG with words under each."""
    classes = found.figures["classes"]
    if work.kind == "errors":
        data = work.subject.part(work.part).take(found.arrays["places"][:most])
        guesses = found.arrays["guesses"]
        told = [
            f"{number + 1}: {classes[label]}, or {classes[guess]}?"
            for number, (label, guess) in enumerate(zip(data.labels, guesses, strict=False))
        ]
        return sheet(data.images[:, None], told)
    test = work.subject.part("test").take(found.arrays["test"][:most])
    train = work.subject.part("train").take(found.arrays["train"][:most])
    rows = zip(test.labels, train.labels, found.arrays["alike"], strict=False)
    told = [f"{classes[one]} | {classes[other]}  {alike:.3f}" for one, other, alike in rows]
    return sheet(np.stack([test.images, train.images], 1), told)


def sheet(pictures: np.ndarray, words: list[str]) -> bytes:
    """Pictures (n, k, 28, 28), k beside each other, with words under them, as a PNG: dark ink on paper."""
    count, beside = pictures.shape[:2]
    columns = max(1, COLUMNS // beside)
    width, height = beside * CELL + 8, CELL + ROOM
    page = Image.new("RGB", (columns * width, max(1, -(-count // columns)) * height), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for number in range(count):
        x, y = number % columns * width, number // columns * height
        for place in range(beside):
            glyph = ImageOps.colorize(Image.fromarray(pictures[number, place]), PAPER, INK)
            page.paste(glyph.resize((CELL - 4, CELL - 4), Image.Resampling.BICUBIC), (x + place * CELL, y))
        draw.text((x + 4, y + CELL - 2), words[number], INK, font)
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _show(work: Work, found: Finding, most: int) -> list[str]:
    classes, sizes = found.figures["classes"], found.figures["sizes"]
    told = [f"{work.subject.name}: {len(classes)} classes, {sizes['train']:,} and {sizes['test']:,} pictures"]
    told.append("class    train     test      ink   stroke")
    train = work.subject.part("train")
    for number, char in enumerate(classes):
        member = train.labels == number
        counts = [int(found.arrays[f"{part} counts"][number]) for part in PARTS]
        means = [found.arrays[f"train {name}"][member].mean() if member.any() else 0 for name in ("ink", "stroke")]
        told.append(f"{char:<5} {counts[0]:>8,} {counts[1]:>8,}  {means[0]:6.1%}  {means[1]:4.1f} px")
    return told


def _errors(work: Work, found: Finding, most: int) -> list[str]:
    figures, arrays = found.figures, found.arrays
    told = [
        f"{work.subject.name} {work.part}: of {figures['pictures']:,} labels {figures['issues']:,} are likely wrong, "
        f"{figures['doubts']:,} in doubt",
        f"Judged by networks that had not learned the picture; they read {figures['accuracy']:.2%} as it is labelled.",
        "picture  label  rather  chance of each",
    ]
    classes = figures["classes"]
    for number in range(min(most, len(arrays["places"]))):
        place, label, guess = (int(arrays[name][number]) for name in ("places", "labels", "guesses"))
        chances = f"{arrays['given'][number]:.3f} {arrays['guessed'][number]:.3f}"
        told.append(f"{place:>7}  {classes[label]:<5}  {classes[guess]:<6}  {chances}")
    return told


def _pairs(work: Work, found: Finding, most: int) -> list[str]:
    figures, arrays = found.figures, found.arrays
    told = [
        f"{work.subject.name}: {figures['same']:,} of {figures['test']:,} test pictures are in the training part too",
        "   test    train  alike",
    ]
    for number in range(min(most, len(arrays["test"]))):
        same = "  the same" if arrays["same"][number] else ""
        told.append(f"{arrays['test'][number]:>7}  {arrays['train'][number]:>7}  {arrays['alike'][number]:.4f}{same}")
    return told


def _map(work: Work, found: Finding, most: int) -> list[str]:
    count = len(found.arrays["places"])
    return [f"{count:,} pictures of {work.subject.name} {work.part} are laid out; the Data page shows the map."]
