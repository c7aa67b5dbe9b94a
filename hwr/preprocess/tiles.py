"""Tiles: dark panels on a light page with light writing on them, or light ones on a dark page, each made one paper with it.

As samples of a dataset side by side, or a program's canvas on its page. Not here: pictures that are light on dark all over
(light.py), nor the sheet in a photo, which need not be level (sheet.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from hwr.preprocess.light import halved, shrink
from hwr.preprocess.masks import otsu

SIDE = 480  # the longer side of the copy on which tiles are sought
LEAST = 12  # pixels of that copy: smaller is no tile
FRAME = 0.04  # of its shorter side: so deep at its edges a tile is bare
BARE, PAGE = 0.97, 0.9  # so much of its edges is bare, and so much around it is page
WORST = 0.6  # so much of the edges of one that is as large as another
BESIDE, WIDE = 2, 0.06  # pixels of that copy, and part of its shorter side: so much page is around a dark, a light one
ALIKE = 2  # pixels of that copy: as large, but for so many
ROUND = 0.02  # of its shorter side: so round its corners may be
WRITTEN = (0.003, 0.5)  # of a tile: so much is writing
CONTRAST = 60  # of 255: so much darker than the page is a tile
AS_LIGHT = 0.6  # so far from a tile as the writing on it, or farther, is the page; lines between tiles may be greyer
NEAR, EVEN = 0.25, 0.9  # of that: so near to its usual darkness is so much of a tile's paper
TABLE = 0.1  # of that: a dark page around light tiles is nearer; a table is not

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two exclusive


@dataclass(frozen=True)
class Tile:
    """A tile on the small copy, with the grey of its paper and of the page around it."""

    box: Box
    paper: float
    page: float


def one_paper(picture: np.ndarray) -> np.ndarray:
    """The picture (uint8, grey or RGB) with its tiles' paper as light as the page, and dark ink on both.

    As it is where there are no tiles.
    """
    large = max(picture.shape[:2]) >= 4 * SIDE and min(picture.shape[:2]) > 1
    small = shrink(halved(picture) if large else picture, SIDE)  # halved first it is faster
    grey = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    dark, light = find_tiles(grey), find_tiles(cv2.bitwise_not(grey), WIDE)
    if _size(light) > _size(dark) and _is_even_around(cv2.bitwise_not(grey), light):
        return _turned(cv2.bitwise_not(picture), cv2.bitwise_not(small), light)
    return _turned(picture, small, dark) if dark else picture


def find_tiles(grey: np.ndarray, wide: float = 0.0) -> list[Tile]:
    """The dark tiles on a light page that lie level and apart: `grey` is uint8 (h, w).

    Around each the page is so `wide` at least, as a part of the tile: lines around light paper are a form's, not a page.
    """
    return max(([*_tiles(grey, level, wide)] for level in _levels(grey)), key=_size)


def _size(tiles: list[Tile]) -> int:
    return sum(int(np.prod(_sides(tile.box))) for tile in tiles)


def _levels(grey: np.ndarray) -> Iterator[float]:
    """What may part tiles from their page: the level between two kinds of pixels, and those where there are three."""
    level = otsu(grey)
    yield level
    yield from (otsu(part) for part in (grey[grey <= level], grey[grey > level]) if part.size)


def _tiles(grey: np.ndarray, level: float, wide: float) -> Iterator[Tile]:
    """The tiles that are no lighter than a level, where the page is lighter."""
    dark = grey <= level
    left, top, width, height, area = cv2.connectedComponentsWithStats(dark.view(np.uint8), connectivity=4)[2][1:].T
    right, bottom = left + width, top + height
    solid = (np.minimum(width, height) >= LEAST) & (area >= (1 - WRITTEN[1]) * width * height)
    corner = (ROUND * np.minimum(width, height)).astype(int)
    for row in (top + corner, bottom - 1 - corner):
        for column in (left + corner, right - 1 - corner):
            solid &= dark[row, column]
    boxes: list[Box] = np.stack([left, top, right, bottom], axis=1)[solid].tolist()
    boxes = [box for box in boxes if _is_on_page(dark, box, max(BESIDE, round(wide * min(_sides(box)))))]
    sure = [_tile(grey, dark, box, BARE, WRITTEN[0]) for box in boxes]
    sizes = np.array([_sides(tile.box) for tile in sure if tile])
    for box, tile in zip(boxes, sure, strict=True):
        if tile is None and len(sizes) and (np.abs(sizes - _sides(box)).max(axis=1) <= ALIKE).any():
            tile = _tile(grey, dark, box, WORST, 0.0)  # one of them is empty, or its writing reaches its edges
        if tile:
            yield tile


def _is_on_page(dark: np.ndarray, box: Box, wide: int) -> bool:
    """Whether so many pixels around a box are page, where they are in the picture; `dark` is bool (h, w)."""
    beside = _between(dark, _grown(box, wide), box)
    return beside.size > 0 and float(beside.mean()) <= 1 - PAGE


def _tile(grey: np.ndarray, dark: np.ndarray, box: Box, bare: float, written: float) -> Tile | None:
    """The tile in a box, if so much of its edges is bare and so much of it is written on, at least; `dark`, bool (h, w), is
    where the picture is as dark."""
    deep = max(1, round(FRAME * min(_sides(box))))
    inner, outer = _grown(box, -deep), _grown(box, BESIDE)
    inside = dark[_slices(inner)]
    if _between(dark, box, inner).mean() < bare or not written <= 1 - inside.mean() <= WRITTEN[1]:
        return None
    own, writing = (grey[_slices(inner)][part].astype(np.float32) for part in (inside, ~inside))
    paper, page = float(np.median(own)), float(np.median(_between(grey, outer, box)))
    white = float(np.percentile(writing, 90)) if writing.size else page
    if page - paper < max(CONTRAST, AS_LIGHT * (white - paper)):
        return None
    even = np.mean(np.abs(own - paper) < NEAR * (page - paper)) >= EVEN
    return Tile(box, paper, page) if even else None


def _sides(box: Box) -> tuple[int, int]:
    left, top, right, bottom = box
    return right - left, bottom - top


def _grown(box: Box, by: int) -> Box:
    """The box with so many pixels more on each side, none beyond the first row and column."""
    left, top, right, bottom = box
    return max(0, left - by), max(0, top - by), right + by, bottom + by


def _slices(box: Box) -> tuple[slice, slice]:
    left, top, right, bottom = box
    return slice(top, bottom), slice(left, right)


def _between(values: np.ndarray, outer: Box, inner: Box) -> np.ndarray:
    """The values in the outer box but not in the inner one, (n,)."""
    around = values[_slices(outer)]
    ring = np.ones(around.shape, bool)
    ring[inner[1] - outer[1] : inner[3] - outer[1], inner[0] - outer[0] : inner[2] - outer[0]] = False
    return around[ring]


def _is_even_around(grey: np.ndarray, tiles: list[Tile]) -> bool:
    """Whether all around the tiles is page as beside them, such as a program's: a table is uneven, a form mostly paper."""
    around = np.ones(grey.shape, bool)
    for tile in tiles:
        around[_slices(_grown(tile.box, BESIDE))] = False
    if not (tiles and around.any()):
        return False
    page, paper = (
        float(np.median(values)) for values in zip(*((tile.page, tile.paper) for tile in tiles), strict=True)
    )
    near = np.abs(grey[around].astype(np.float32) - page) < TABLE * (page - paper)
    return bool(near.mean() >= EVEN)


def _turned(picture: np.ndarray, small: np.ndarray, tiles: list[Tile]) -> np.ndarray:
    """The picture with each tile, found on a small copy, turned to dark on light; their edges become page."""
    scale = max(picture.shape[:2]) / max(small.shape[:2])
    rim = int(np.ceil(scale)) + 1
    turned = picture.copy()
    for tile in tiles:
        page = np.median(_between(small, _grown(tile.box, BESIDE), tile.box), axis=0)
        paper = np.median(small[_slices(tile.box)].reshape(-1, *small.shape[2:]), axis=0)
        left, top, right, bottom = (round(end * scale) for end in tile.box)
        turned[_slices(_grown((left, top, right, bottom), rim))] = page
        inside = _slices(_grown((left, top, right, bottom), -rim))
        levels = np.arange(256)[:, None]
        table = np.clip(np.rint(page - (levels - paper)), 0, 255).astype(np.uint8)
        turned[inside] = cv2.LUT(picture[inside], table.reshape(256, 1, -1) if picture.ndim == 3 else table)
    return turned
