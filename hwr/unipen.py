"""UNIPEN's single characters, written with a pen on a tablet, rendered as glyphs with pens from thin to thick.

Source: UNIPEN train_r01_v07 (Guyon, Schomaker, Plamondon, Liberman, Janet, 1994; CC BY 4.0, Zenodo 1195803), as npz
files of pen moves. Some labels are wrong. Not here: drawing (`strokes`), framing (`preprocess`), what is trained on.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwr import preprocess
from hwr.errors import HwrError
from hwr.strokes import distort, render

KINDS = ("digits", "capitals", "lowercase")
LINES = ("words", "texts")
PENS = (0.02, 0.24)  # the pen's width as a part of the glyph's size
FLATTEST = 4.0  # a sample wider than this many times its height is no character
STRAIGHTEST = 0.12  # a slimmer sample is a straight line: a 1, I, i or l, or a character whose other strokes are lost
STRAIGHT = "1Iil"
Wanted = Callable[[np.ndarray, np.ndarray], np.ndarray]
_PIXELS = 48.0
_DISTORTION = 0.7


@dataclass(frozen=True)
class Samples:
    """Characters as pen strokes: all points one after the other, and where each stroke and each sample begins."""

    points: np.ndarray
    strokes: np.ndarray
    samples: np.ndarray
    characters: np.ndarray
    writers: np.ndarray

    def __len__(self) -> int:
        return len(self.characters)

    def __iter__(self) -> Iterator[list[np.ndarray]]:
        return (self.strokes_of(place) for place in range(len(self)))

    def strokes_of(self, place: int) -> list[np.ndarray]:
        """The strokes of one sample, each int (k, 2)."""
        first, last = self.samples[place : place + 2]
        return [self.points[self.strokes[i] : self.strokes[i + 1]] for i in range(first, last)]

    def sizes(self) -> np.ndarray:
        """Width and height of each sample in its own units, float (n, 2)."""
        starts = self.strokes[self.samples[:-1]]
        return (np.maximum.reduceat(self.points, starts) - np.minimum.reduceat(self.points, starts)).astype(float)

    def slimness(self) -> np.ndarray:
        """Each sample's extent across its main direction, as a part of that along it: 0 for a straight line; (n,)."""
        starts = self.strokes[self.samples[:-1]]
        counts = np.diff(np.append(starts, len(self.points)))
        centred = self.points - (np.add.reduceat(self.points, starts) / counts[:, None]).repeat(counts, axis=0)
        x, y = centred.T
        xx, yy, xy = (np.add.reduceat(product, starts) for product in (x * x, y * y, x * y))
        angle = (np.arctan2(2 * xy, xx - yy) / 2).repeat(counts)
        turned = np.stack([x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)], axis=1)
        along, across = (np.maximum.reduceat(turned, starts) - np.minimum.reduceat(turned, starts)).T
        return across / np.maximum(along, 1e-9)


def load(
    folder: str | Path,
    kinds: Sequence[str] = KINDS,
    *,
    framing: str,
    renders: int = 1,
    seed: int = 0,
    wanted: Wanted | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Render the characters of `kinds` (of KINDS) that lie in a folder as <kind>.npz, each `renders` times.

    Returns glyphs uint8 (n, 28, 28), characters and writers ("institution/name"), both arrays of str (n,). The renders
    of a sample stand together, their pens spread over PENS; the first is as written, the others lightly distorted.
    Left out are samples that cannot be what they are called (see `plausible`); of the others `wanted` says by their
    characters and writers which are rendered, bool (n,); without it all are. Raises HwrError for files that are absent or
    damaged, and for an unknown kind or framing.
    """
    if framing not in preprocess.FRAMINGS:
        raise HwrError(f'There is no framing "{framing}"; choose one of: {", ".join(preprocess.FRAMINGS)}.')
    if renders < 1:
        raise HwrError("Each sample must be rendered at least once.")
    parts = [read(folder, kind) for kind in kinds]
    keeps = [plausible(part) for part in parts]
    if wanted:
        keeps = _wanted(parts, keeps, wanted)
    glyphs = np.zeros((sum(int(keep.sum()) for keep in keeps) * renders, 28, 28), dtype=np.uint8)
    rng, place = np.random.default_rng(seed), 0
    for part, keep in zip(parts, keeps, strict=True):
        for strokes, kept in zip(part, keep, strict=True):
            if kept:
                glyphs[place : place + renders] = _glyphs(strokes, renders, framing, rng)
                place += renders
    characters = np.concatenate([part.characters[keep] for part, keep in zip(parts, keeps, strict=True)])
    writers = np.concatenate([part.writers[keep] for part, keep in zip(parts, keeps, strict=True)])
    return glyphs, characters.repeat(renders), writers.repeat(renders)


def _wanted(parts: list[Samples], keeps: list[np.ndarray], wanted: Wanted) -> list[np.ndarray]:
    """What is kept of each part and wanted."""
    kept = np.concatenate(keeps)
    characters, writers = (np.concatenate([getattr(part, of) for part in parts]) for of in ("characters", "writers"))
    kept[kept] = wanted(characters[kept], writers[kept])
    return np.split(kept, np.cumsum([len(part) for part in parts])[:-1])


def read(folder: str | Path, kind: str) -> Samples:
    """The pen strokes of one kind of character; HwrError when its file is absent, damaged or would need pickle."""
    if kind not in KINDS + LINES:
        raise HwrError(f'UNIPEN has no kind "{kind}"; choose from: {", ".join(KINDS + LINES)}.')
    path = Path(folder) / f"{kind}.npz"
    if not path.is_file():
        raise HwrError(f"There is no {path}; put UNIPEN's {kind}.npz there, or name the data folder that has it.")
    try:
        with np.load(path, allow_pickle=False) as file:
            moves, labels, writers = file["moves"], file["label"], file["writer"]
            strokes, samples = (_starts(file[name]) for name in ("points_per_stroke", "strokes_per_sample"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise HwrError(f"{path} is not a file of UNIPEN strokes ({error}); copy it again.") from error
    if (
        strokes[-1] != len(moves)
        or samples[-1] != len(strokes) - 1
        or not len(samples) - 1 == len(labels) == len(writers)
    ):
        raise HwrError(f"{path} is not a file of UNIPEN strokes (its arrays do not fit together); copy it again.")
    return Samples(np.cumsum(moves, axis=0, dtype=np.int64), strokes, samples, labels, writers)


def plausible(samples: Samples) -> np.ndarray:
    """Which samples can be characters, bool (n,): they have an extent, and are neither too flat nor a mere line.

    In some files strokes were lost: an H of one stem, a T of its bar. A straight line stays where it is upright and
    called one of STRAIGHT.
    """
    width, height = samples.sizes().T
    line = (samples.slimness() < STRAIGHTEST) & ~(np.isin(samples.characters, list(STRAIGHT)) & (height >= width))
    return (np.maximum(width, height) > 0) & (width <= FLATTEST * np.maximum(height, 1)) & ~line


def writer_split(
    writers: np.ndarray, fraction: float = 0.1, *, seed: int = 0, institutions: Sequence[str] = ()
) -> np.ndarray:
    """Which samples are held out, by writer: bool (n,), about `fraction` of the writers and all of `institutions`.

    A writer's part follows from the hash of the name and the seed alone, whatever else is in the array. The name is
    the part after the slash: who wrote for two institutions is one writer. With fraction 0, only whole institutions
    are kept apart, as a measure on other tablets and tasks.
    """
    unique, inverse = np.unique(writers, return_inverse=True)
    held = [institution(name) in institutions or _share(name, seed) < fraction for name in unique.tolist()]
    names = {_person(name) for name, out in zip(unique.tolist(), held, strict=True) if out}
    return np.array([_person(name) in names for name in unique.tolist()], dtype=bool)[inverse]


def institution(writer: str) -> str:
    """The part of a writer's name before the slash."""
    return writer.partition("/")[0]


def _person(writer: str) -> str:
    """The part of a writer's name after the slash, in small letters."""
    return writer.partition("/")[2].lower()


def _share(writer: str, seed: int) -> float:
    """A number in [0, 1) that a writer's name and a seed always give."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{_person(writer)}".encode()).digest()[:8], "big") / 2**64


def _starts(counts: np.ndarray) -> np.ndarray:
    """Where each of consecutive parts begins, and the end of the last; none may be empty."""
    if not len(counts) or counts.min() < 1:
        raise ValueError("empty strokes or samples")
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def _glyphs(strokes: list[np.ndarray], renders: int, framing: str, rng: np.random.Generator) -> np.ndarray:
    """One sample as `renders` glyphs, each with its own pen and, after the first, its own distortion."""
    spread = (rng.permutation(renders) + rng.random(renders)) / renders
    inks = []
    for number, pen in enumerate(PENS[0] * (PENS[1] / PENS[0]) ** spread):
        drawn = strokes if number == 0 else distort(strokes, rng, strength=_DISTORTION)
        extent = np.ptp(np.concatenate(drawn), axis=0)
        # A wide character is not written with a wider pen: the size is between its height and its longer side.
        width = pen * _PIXELS * (1 + extent[1] / extent.max()) / 2
        inks.append(render(drawn, width=max(float(width), 0.5), size=_PIXELS))
    return preprocess.frame_all(inks, framing)
