"""Pages by writers whose hand was never learned, on papers and in lights as people photograph them: how much is read.

    python -m benchmarks.sheets --data-dir DIR [--pages 4] [--only dots table] [--save FOLDER]

A page is six lines by one of UNIPEN's test writers with one pen: words, read with a-zA-Z and case ignored, or numbers set of
the writer's digits, read with 0-9. The same pages are put on paper in each of the ways of `benchmarks.papers`; the first is
the ink itself, so what others lose beside it is the pictures' doing. Given is the character error rate over all pages of a
way, spaces counted.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.papers import PITCH, WAYS
from hwr import Recognizer
from hwr.classes import DIGITS, WRITING
from hwr.lines.data import LineSource
from hwr.lines.hands import Pool, Written, reach
from hwr.lines.score import distance
from hwr.strokes import paint

SEED = 20_261_123
TALL, ROWS, WIDE = 50, 6, 1240  # pixels of a capital, lines, pixels of a page across

Hands = list[list[tuple[str, list[np.ndarray]]]]


def words(source: LineSource) -> Hands:
    """What each writer wrote: words as strokes, in units of a capital's height, 0 on the line."""
    samples = source.words
    hands: dict[str, list[tuple[str, list[np.ndarray]]]] = {}
    for place in Written.of(samples, source.holds(samples.writers), alphabet=source.classes).chosen.tolist():
        text = str(samples.characters[place])
        parts = [part.astype(float) for part in samples.strokes_of(place)]
        every = np.concatenate(parts)
        low, tall = every.min(0), max(1.0, float(np.ptp(every[:, 1])))
        if text.isalpha() and 2 < len(text) < 12:
            top, bottom = reach(text)
            scale = (bottom - top) / tall
            written = [(part - low) * scale + [0.0, top] for part in parts]
            hands.setdefault(str(samples.writers[place]), []).append((text, written))
    return [hand for hand in hands.values() if len(hand) >= 30]


def numbers(source: LineSource) -> Hands:
    """Numbers of 2 to 6 digits set of each writer's own digits."""
    rng, hands = np.random.default_rng(SEED), []
    for own in source.writers:
        if all(digit in own for digit in DIGITS):
            hand = []
            for _ in range(40):
                text, x, written = "".join(rng.choice(list(DIGITS), rng.integers(2, 7))), 0.0, []
                for digit in text:
                    written += [part + np.array([x, 0.0]) for part in any_way(own, digit, rng)]
                    x = max(part[:, 0].max() for part in written) + rng.uniform(0.08, 0.25)
                hand.append((text, written))
            hands.append(hand)
    return hands


def any_way(own: Pool, char: str, rng: np.random.Generator) -> list[np.ndarray]:
    """A character as one of the ways in which a writer wrote it: strokes about 1 high, on a line at y = 0."""
    parts = own[char][int(rng.integers(len(own[char])))]
    size, lift = np.exp(rng.normal(0, 0.08)), rng.normal(0, 0.04)
    return [part * size + [0.0, lift - size] for part in parts]


def page(hands: Hands, number: int) -> tuple[np.ndarray, str]:
    """The ink of a page in one hand, by one pen, and its text."""
    rng = np.random.default_rng([SEED, number])
    hand = hands[number % len(hands)]
    ink, lines, pen = np.zeros((PITCH * (ROWS + 1), WIDE), np.uint8), [], TALL * rng.uniform(0.05, 0.13)
    order = iter(np.tile(rng.permutation(len(hand)), 3).tolist())
    for row in range(ROWS):
        x, found = 70.0, []
        while x < WIDE - 250:
            text, written = hand[next(order)]
            wide = TALL * (max(part[:, 0].max() for part in written))
            if x + wide > WIDE - 50:
                continue
            place = np.array([x, PITCH * (row + 1) + rng.normal(0, 2)])
            paint(ink, [part * TALL + place for part in written], width=pen, pressure=rng)
            x += wide + TALL * rng.uniform(0.5, 0.9)
            found.append(text)
        lines.append(" ".join(found))
    return ink, "\n".join(lines)


MATERIAL: dict[str, tuple[Callable[[LineSource], Hands], str]] = {
    "words": (words, "a-zA-Z"),
    "numbers": (numbers, "0-9"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--pages", type=int, default=4, help="of each material (default %(default)s)")
    parser.add_argument("--only", nargs="*", default=[""], help="ways with one of these in their names")
    parser.add_argument("--material", nargs="*", default=list(MATERIAL), choices=MATERIAL)
    parser.add_argument("--save", type=Path, help="keep the pictures in this folder, and print what is read of each")
    arguments = parser.parse_args()
    if not arguments.data_dir:
        parser.error("name the data with --data-dir or HWR_DATA")
    recognizer = Recognizer.load("characters")
    pages = {}
    for material in arguments.material:
        hands = MATERIAL[material][0](LineSource("test", arguments.data_dir, WRITING))
        pages[material] = [page(hands, number) for number in range(arguments.pages)]
    print(f"| {' | '.join(['way', *pages])} |\n|{'---|' * (len(pages) + 1)}")
    for number, (name, way) in enumerate(WAYS.items()):
        if not any(part in name for part in arguments.only):
            continue
        cells = []
        for material, written in pages.items():
            errors = characters = 0
            for place, (ink, text) in enumerate(written):
                picture = np.ascontiguousarray(way(ink, np.random.default_rng([SEED, number, place])))
                got = recognizer.read(picture, charset=MATERIAL[material][1]).text
                wanted, found = (" ".join(each.upper().split()) for each in (text, got))
                errors, characters = errors + distance(wanted, found), characters + len(wanted)
                if arguments.save:
                    arguments.save.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(picture).save(arguments.save / f"{name}-{material}-{place}.png".replace(" ", "_"))
                    print(f"-- {name}, {material}, {place}\n{text}\n->\n{got}")
            cells.append(f"{errors / characters:.1%}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
