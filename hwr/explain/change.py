"""What would change the answer: the few strokes to add or to rub out that turn it into another character.

A greedy search over strokes of about the glyph's own pen, so that a person can understand what it finds; each step asks the
network itself. No gradients: pixels that they find mean nothing to the eye (Szegedy et al., 2014, arXiv:1312.6199).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.errors import HwrError
from hwr.preprocess import SIZE
from hwr.preprocess.framing import check_array
from hwr.recognize import Recognizer

STROKES = 6  # at most
REACH = 4  # pixels around the ink in which strokes are added
GRID = 3  # pixels between the middles of the strokes that are tried
LENGTHS = (0, 4, 8, 12)  # pixels from end to end, less the pen's width
ANGLES = 4  # between 0 and 180 degrees
ENOUGH = 0.5  # confidence that the new answer has at least
LEAST = 3.0  # whole pixels that a stroke changes at least
STEPS_FINE = 2  # times that a stroke is moved by a pixel to where it does most
PRICE = 0.04  # of the logarithm of the odds that each changed pixel must be worth


@dataclass(frozen=True)
class Change:
    """A glyph (uint8, 28 x 28) changed until it is read as another character: `target` with this confidence in [0, 1].

    `added` and `erased` are the ink that came and went, uint8 (28, 28); `strokes` says how many strokes that took.
    """

    before: np.ndarray
    after: np.ndarray
    target: str
    confidence: float
    strokes: int

    @property
    def added(self) -> np.ndarray:
        return np.maximum(self.after.astype(int) - self.before, 0).astype(np.uint8)

    @property
    def erased(self) -> np.ndarray:
        return np.maximum(self.before.astype(int) - self.after, 0).astype(np.uint8)

    @property
    def pixels(self) -> float:
        """How many whole pixels of ink were changed."""
        return float(np.abs(self.after.astype(int) - self.before).sum()) / 255


@dataclass(frozen=True)
class _Stroke:
    """A straight stroke: its middle, its length and angle, and whether it is added or erased."""

    x: float
    y: float
    length: float
    angle: float
    adds: bool

    def moved(self, dx: float, dy: float) -> _Stroke:
        return _Stroke(self.x + dx, self.y + dy, self.length, self.angle, self.adds)

    def on(self, glyph: np.ndarray, pen: float) -> np.ndarray:
        """The glyph with the stroke."""
        mask = _drawn(self, pen)
        if self.adds:
            return np.maximum(glyph, mask)
        return (glyph.astype(np.uint16) * (255 - mask) // 255).astype(np.uint8)


class _Judge:
    """The network as it is asked: how near glyphs are to being read as one of the targets, any one."""

    def __init__(self, recognizer: Recognizer, targets: str, charset: str | None):
        self.recognizer, self.targets, self.charset = recognizer, targets, charset

    def answer(self, glyph: np.ndarray) -> tuple[str, float]:
        """The likeliest target for a glyph (28, 28), and its chance."""
        characters, found, _ = self.recognizer.judge(glyph[None], self.charset)
        chances = dict(zip(characters, found[0].tolist(), strict=True))
        char = max(self.targets, key=chances.__getitem__)
        return char, chances[char]

    def margins(self, glyphs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far the likeliest target is ahead, as the logarithm of odds, (n,), and whether it is the answer, bool (n,)."""
        characters, found, nothing = self.recognizer.judge(glyphs, self.charset)
        wanted = np.array([char in self.targets for char in characters])
        target, others = found[:, wanted].max(1), found[:, ~wanted].max(1, initial=0.0)
        rival = np.maximum(others * (1 - nothing), nothing)  # to be no character is an answer too
        ahead = np.log(np.maximum(target * (1 - nothing), 1e-12)) - np.log(np.maximum(rival, 1e-12))
        kept = nothing < min(1.0, self.recognizer.threshold)
        return ahead, (target >= ENOUGH) & (target > others) & kept


def what_would_change(
    recognizer: Recognizer, glyph: np.ndarray, target: str = "", *, charset: str | None = None
) -> Change | None:
    """The smallest change found of a glyph (uint8, 28 x 28) after which it is read as `target`, or as any other character.

    None when no STROKES strokes do it. It reads on any engine, ONNX files too. Raises HwrError for a character that cannot
    be the answer, and for one that is already.
    """
    check_array(glyph, "A glyph", (SIZE, SIZE))
    (read,) = recognizer.glyphs(glyph[None], [(0, 0, SIZE, SIZE)], charset)
    characters, _ = recognizer.predict(glyph[None][:0], charset)
    if target and target not in characters:
        raise HwrError(f'This network cannot answer "{target}"; it knows "{characters}".')
    judge = _Judge(recognizer, target or characters.replace(read.char, ""), charset)
    if not judge.targets:
        raise HwrError("There is no other character that this could be: allow more characters.")
    if read.char == target and judge.margins(glyph[None])[1][0]:
        raise HwrError(f'It is read as "{target}" already.')
    pen = pen_of(glyph)
    strokes = _search(judge, glyph, pen)
    if strokes is None:
        return None
    strokes = _pruned(judge, glyph, pen, strokes)
    after = _with(glyph, pen, strokes)
    return Change(glyph, after, *judge.answer(after), len(strokes))


def pen_of(glyph: np.ndarray) -> float:
    """About how wide the pen was that wrote a glyph, in pixels: twice the mean of what is farthest inside its ink."""
    inside = cv2.distanceTransform((glyph > 100).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = inside[(inside > 0) & (inside >= cv2.dilate(inside, np.ones((3, 3), np.uint8)))]
    return float(np.clip(2 * ridge.mean(), 2.0, 5.0)) if len(ridge) else 3.0


def _search(judge: _Judge, glyph: np.ndarray, pen: float) -> list[_Stroke] | None:
    """Stroke after stroke, each the one that brings the target nearest for its ink, until it is the answer."""
    strokes: list[_Stroke] = []
    now = glyph
    for _ in range(STROKES):
        best = _best(judge, now, pen, _strokes(now))
        if best is None:
            return None
        for _ in range(STEPS_FINE):
            near = [best.moved(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
            best = _best(judge, now, pen, near + _varied(best)) or best
        strokes.append(best)
        now = best.on(now, pen)
        if judge.margins(now[None])[1][0]:
            return strokes
    return None


def _best(judge: _Judge, glyph: np.ndarray, pen: float, tried: list[_Stroke]) -> _Stroke | None:
    """Of some strokes the smallest that makes the target the answer, or else the one that does most for its ink."""
    drawn = np.stack([stroke.on(glyph, pen) for stroke in tried])
    ink = np.abs(drawn.astype(np.int16) - glyph).sum((1, 2)) / 255
    near = cv2.dilate(glyph, np.ones((3, 3), np.uint8)) > 100
    touching = ((drawn > glyph) & (drawn > 100) & near).any((1, 2)) | ~near.any()
    erasing = np.array([not stroke.adds for stroke in tried])
    enough = (ink >= LEAST) & (touching | erasing)  # what is added hangs together with the glyph
    if not enough.any():
        return None
    some, drawn, ink = np.flatnonzero(enough), drawn[enough], ink[enough]
    ahead, done = judge.margins(drawn)
    if done.any():
        return tried[some[np.flatnonzero(done)[np.argmin(ink[done])]]]
    gain = ahead - PRICE * ink
    return tried[some[int(gain.argmax())]]


def _strokes(glyph: np.ndarray) -> list[_Stroke]:
    """The strokes that are tried: on a grid over the ink and a little around it, in all lengths and angles."""
    rows, columns = np.nonzero(glyph > 50)
    if not len(rows):
        rows = columns = np.array([SIZE // 2])
    top, bottom = max(2, rows.min() - REACH), min(SIZE - 3, rows.max() + REACH)
    left, right = max(2, columns.min() - REACH), min(SIZE - 3, columns.max() + REACH)
    near = cv2.dilate((glyph > 50).astype(np.uint8), np.ones((3, 3), np.uint8))
    found = []
    for y in range(top, bottom + 1, GRID):
        for x in range(left, right + 1, GRID):
            for length in LENGTHS:
                for angle in range(ANGLES if length else 1):
                    turned = np.pi * angle / ANGLES
                    found.append(_Stroke(x, y, length, turned, True))
                    if near[y, x]:
                        found.append(_Stroke(x, y, length, turned, False))
    return found


def _varied(stroke: _Stroke) -> list[_Stroke]:
    """The same stroke a little longer, shorter and turned."""
    lengths = {max(0.0, stroke.length + more) for more in (-2, 0, 2)}
    turns = (-np.pi / 8, 0.0, np.pi / 8)
    return [
        _Stroke(stroke.x, stroke.y, length, stroke.angle + turn, stroke.adds) for length in lengths for turn in turns
    ]


def _pruned(judge: _Judge, glyph: np.ndarray, pen: float, strokes: list[_Stroke]) -> list[_Stroke]:
    """The strokes without those that are not needed, each as short as does."""
    kept = list(strokes)
    for stroke in strokes:
        shorter = [_Stroke(stroke.x, stroke.y, length, stroke.angle, stroke.adds) for length in (stroke.length - 4, 0)]
        for other in (None, *(each for each in reversed(shorter) if 0 <= each.length < stroke.length)):
            tried = [each if each is not stroke else other for each in kept]
            rest = [each for each in tried if each is not None]
            if judge.margins(_with(glyph, pen, rest)[None])[1][0]:
                kept = rest
                break
    return kept


def _with(glyph: np.ndarray, pen: float, strokes: list[_Stroke]) -> np.ndarray:
    for stroke in strokes:
        glyph = stroke.on(glyph, pen)
    return glyph


def _drawn(stroke: _Stroke, pen: float) -> np.ndarray:
    """A stroke as it looks, with soft edges: uint8 (28, 28)."""
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    across, down = np.cos(stroke.angle), np.sin(stroke.angle)
    along = np.clip((columns - stroke.x) * across + (rows - stroke.y) * down, -stroke.length / 2, stroke.length / 2)
    distance = np.hypot(columns - stroke.x - along * across, rows - stroke.y - along * down)
    return np.round(255 * np.clip(pen / 2 + 0.5 - distance, 0, 1)).astype(np.uint8)
