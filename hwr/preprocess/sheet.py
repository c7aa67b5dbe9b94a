"""The sheet in a photo: what lies around it (a table, fingers, a wall) is painted over with the sheet's own light.

Regions of even colour are found on a small copy, if need be with its strokes filled; the sheet is the one that is written
on. Only what differs from it in colour, or far in lightness, and reaches the edge of the picture is taken for something
else: a shadow stays sheet.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.preprocess.light import shrink

SIDE = 240  # the longer side of the copy on which the sheet is sought
SMALLEST = 120  # shorter pictures are one sheet
STEPS = (9, 4, 4)  # of lightness and the two colours from pixel to pixel: more is an edge between regions
LEAST_REGION, LEAST_SHEET, LEAST_OTHER = 0.01, 0.05, 0.015  # of the picture
WHITE = 235  # of 255: so light are several sheets made
SOLID = 0.8  # of its convex hull: so much of it a sheet fills
STRAIGHT = 0.85  # of the smallest rectangle around it: so much a sheet fills that is darker than what lies around it
FEW_CORNERS = 0.04  # of its outline: so near to that run the sides of a polygon of few corners
NOTE = 0.5  # the same of one of several sheets, which what is written near its sides may part from these
STRAIGHT_SIDES = 0.92  # of its convex hull: so much of it such a polygon holds
WRITTEN = 0.0007  # of its pixels: so much of a sheet is written on
DENSE = 0.02  # so much of it, where strokes are so close that they part its colour
MOST = 0.5  # of it: where more differs from the sheet, the strokes were taken for the sheet
STROKES = 0.06  # of the longer side: so wide is what was written, at most
VISIBLE = 10  # of 255: how far writing stands out on the small copy
OTHER_COLOR = 9.0  # of the two colours, 8 bits each: so far from the sheet's lies another thing's colour
OTHER_LIGHT = 0.55  # of the lighter of two: a darker thing is no sheet in a shadow
BESIDE = 0.016  # of the longer side: so wide is an edge on the copy
DARK = 40  # of 255: what is darker has no colour to speak of, and differs little in light
SMOOTH = 0.09  # of the longer side: what is painted around a sheet has no detail smaller than half of that
RIM = 0.012  # of the longer side: so much of the sheet's edge is left out
MOSTLY = 0.7  # of what lies around a sheet is broader than strokes
# Times as broad as the broadest stroke on the sheet: what lies around it, but no stroke that leaves it; and where strokes
# were filled, none along the edge, which seems twice as broad.
BROADER, FAR_BROADER = 1.5, 3.0


@dataclass(frozen=True)
class Regions:
    """The small copy of a picture: its colours without strokes (h, w, 3: lightness and two colours), which pixels are
    written on, and the labels of its regions of even colour, 0 between them; `sizes` holds their pixels by label. `filled`:
    how its strokes were filled before with what is beside them, if they were (MORPH_CLOSE: dark ones, MORPH_OPEN: light)."""

    colors: np.ndarray
    written: np.ndarray
    labels: np.ndarray
    sizes: np.ndarray
    filled: int | None


def only_sheet(picture: np.ndarray) -> np.ndarray:
    """The picture (uint8, grey or RGB) with all but the sheet painted as the sheet is beside it; as it is without any."""
    if min(picture.shape[:2]) < SMALLEST:
        return picture
    small = shrink(picture, SIDE)
    inside = find_sheet(small)
    if inside.all():
        return picture
    sheets = _several(_colored(small), inside)
    if sheets:
        return _evened(picture, small, sheets)
    height, width = picture.shape[:2]
    paint = _spread(cv2.medianBlur(small, _odd(0.02 * SIDE)), inside)
    paint = cv2.medianBlur(paint, _odd(SMOOTH * SIDE))  # or a hole at the sheet's edge goes on as a bar
    paint = cv2.resize(paint, (width, height), interpolation=cv2.INTER_LINEAR)
    keep = cv2.resize(inside, (width, height), interpolation=cv2.INTER_NEAREST)
    return cv2.copyTo(np.ascontiguousarray(picture), keep, paint)


def find_sheet(picture: np.ndarray) -> np.ndarray:
    """Where the sheet lies on a small copy of the picture: uint8, 1 on the sheet and 0 around it; all 1 without any."""
    small = _colored(shrink(picture, SIDE))
    inside = _inside(_regions(small))
    for fill in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):  # dark strokes, close to each other, or light ones
        if inside.all():
            inside = _inside(_regions(small, fill))
    return inside


def _several(small: np.ndarray, inside: np.ndarray) -> list[np.ndarray]:
    """All sheets where others lie beside the one that lies `inside`, as notes on a wall; [] where there is only that one.

    The others are rectangles, whole in the picture and written on; their strokes, which part them from their sides, are
    filled first.
    """
    regions, found = _regions(small, cv2.MORPH_CLOSE), []
    light = float(np.median(regions.colors[inside == 1, 0]))
    for label in np.flatnonzero(regions.sizes[1:] >= LEAST_OTHER * inside.size) + 1:
        near = _with_strokes(regions.labels == label)
        corners = cv2.convexHull(cv2.findNonZero(near.view(np.uint8)))
        whole = cv2.fillConvexPoly(np.zeros(near.shape, np.uint8), corners, 1)
        edge = np.concatenate([whole[0], whole[-1], whole[:, 0], whole[:, -1]])
        if edge.any() or not WRITTEN <= regions.written[near].mean() < MOST:
            continue
        light_enough = float(np.median(regions.colors[near, 0])) > OTHER_LIGHT * light
        if light_enough and near.sum() > NOTE * whole.sum() and _is_rectangle(whole):
            found.append(cv2.erode(whole, _rim(whole.shape)))
    beside = [each for each in found if not each[inside == 1].any()]
    if not beside:
        return []
    return found if len(beside) < len(found) else [inside, *beside]


def _is_rectangle(whole: np.ndarray) -> bool:
    _, (width, height), _ = cv2.minAreaRect(cv2.findNonZero(whole))
    return float(whole.sum()) >= STRAIGHT * width * height


def _evened(picture: np.ndarray, small: np.ndarray, sheets: list[np.ndarray]) -> np.ndarray:
    """The picture with several sheets, masks of its small copy, all as light as each other and as what is around them."""
    height, width = picture.shape[:2]
    evened = np.full_like(picture, WHITE)
    for inside in sheets:
        own = np.median(small[inside == 1].reshape(int(inside.sum()), -1), axis=0)
        levels = np.arange(256)[:, None] * (WHITE / np.maximum(own, 1.0))
        table = np.clip(np.rint(levels), 0, 255).astype(np.uint8).reshape(256, 1, -1)
        keep = cv2.resize(inside, (width, height), interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(cv2.LUT(picture, table if picture.ndim == 3 else table[:, :, 0]), keep, evened)
    return evened


def _inside(regions: Regions) -> np.ndarray:
    """Where the sheet lies among these regions; as `find_sheet`."""
    everything = np.ones(regions.labels.shape, np.uint8)
    sheet = _sheet_label(regions)
    if not sheet:
        return everything
    own = regions.labels == sheet
    foreign = _foreign(regions, own)
    if not foreign.any() or _is_writing(regions, own, foreign):
        return everything
    inside = cv2.erode(_filled(_around(own, foreign)), _rim(own.shape), borderType=cv2.BORDER_REPLICATE)
    return inside if _is_written_on(regions, inside == 1) else everything


def _rim(shape: tuple[int, ...]) -> np.ndarray:
    """What takes the rim off a sheet when it is eroded by this."""
    rim = max(1, round(RIM * max(shape)))
    return np.ones((2 * rim + 1, 2 * rim + 1), np.uint8)


def _is_writing(regions: Regions, own: np.ndarray, foreign: np.ndarray) -> bool:
    """Whether a region is no sheet: one darker than what lies around it, without straight sides, is a bold character; and one
    lighter, around which light was filled, lies between dark strokes."""
    light = regions.colors[:, :, 0]
    if float(np.median(light[own])) > float(np.median(light[foreign])):
        return regions.filled == cv2.MORPH_OPEN
    return not _is_rectangle(_filled(own))


def _colored(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)


def _regions(small: np.ndarray, filled: int | None = None) -> Regions:
    """The regions of even colour of a small RGB picture, found on it or on what it is when its strokes are `filled`."""
    lab = bare = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    if filled is not None:
        wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_odd(STROKES * SIDE),) * 2)
        bare = cv2.cvtColor(cv2.morphologyEx(small, filled, wide), cv2.COLOR_RGB2LAB)
    colors = cv2.merge([cv2.medianBlur(np.ascontiguousarray(plane), _odd(0.02 * SIDE)) for plane in cv2.split(bare)])
    written = cv2.absdiff(lab[:, :, 0], np.ascontiguousarray(colors[:, :, 0])) > VISIBLE
    steps = cv2.morphologyEx(colors, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edges = np.pad((steps > np.array(STEPS)).any(axis=2).astype(np.uint8), 5, mode="edge")
    closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))[5:-5, 5:-5]
    _, labels, stats, _ = cv2.connectedComponentsWithStats((closed == 0).astype(np.uint8), connectivity=4)
    return Regions(colors, written, labels, stats[:, cv2.CC_STAT_AREA], filled)


def _sheet_label(regions: Regions) -> int:
    """The label of the region that is the sheet: large, compact, written on, and light; 0 when there is none.

    Where strokes were filled it has straight sides, too: a bold character whose rings were filled has not.
    """
    best, best_score = 0, 0.0
    least = WRITTEN if regions.filled is None else DENSE
    for label in range(1, len(regions.sizes)):
        if regions.sizes[label] < LEAST_SHEET * regions.labels.size:
            continue
        own = (regions.labels == label).astype(np.uint8)
        hull = np.zeros_like(own)
        points = cv2.findNonZero(own)
        corners = cv2.convexHull(points)
        cv2.fillConvexPoly(hull, corners, 1)
        area = int(hull.sum())
        near = _with_strokes(own)
        if regions.sizes[label] < SOLID * area or not least <= regions.written[near].mean() < MOST:
            continue
        if regions.filled is not None and not _is_straight(corners):
            continue
        score = area**0.5 * float(np.median(regions.colors[own == 1, 0]))
        if score > best_score:
            best, best_score = label, score
    return best


def _with_strokes(own: np.ndarray) -> np.ndarray:
    """A region with what is no wider than strokes in it: bool (h, w)."""
    around = np.ones((_odd(STROKES * SIDE),) * 2, np.uint8)
    near: np.ndarray = cv2.morphologyEx(own.astype(np.uint8), cv2.MORPH_CLOSE, around) == 1
    return near


def _is_straight(corners: np.ndarray) -> bool:
    """Whether a convex outline, of these points, is about a polygon of few corners."""
    few = cv2.approxPolyDP(corners, FEW_CORNERS * cv2.arcLength(corners, True), True)
    return float(cv2.contourArea(few)) > STRAIGHT_SIDES * float(cv2.contourArea(corners))


def _foreign(regions: Regions, own: np.ndarray) -> np.ndarray:
    """What hangs together around the sheet, reaches the picture's edge and looks unlike it: bool (h, w)."""
    color = np.median(regions.colors[own], axis=0)
    labels, border = _from_the_border(~own)
    unlike = _unlike(regions.colors, color)
    strokes = regions.written & _with_strokes(own) if regions.filled is not None else unlike & ~own
    least = (BROADER if regions.filled is None else FAR_BROADER) * _breadth(strokes & ~np.isin(labels, border))
    found = np.zeros(own.shape, bool)
    for label in border:
        part = labels == label
        if (
            part.sum() > LEAST_REGION * own.size
            and unlike[part].mean() > 0.5
            and _breadth(part & unlike) > least
            and _steps(regions.colors, part & unlike, own)
        ):
            found |= _broad(part & unlike)
    return found


def _broad(mask: np.ndarray) -> np.ndarray:
    """The mask without what is no wider than strokes: a rule that goes to the edge of its sheet, and all that it crosses; as
    it is where that is no small share of it."""
    wide = _odd(STROKES * SIDE)
    padded, around = np.pad(mask.astype(np.uint8), wide, mode="edge"), np.ones((wide, wide), np.uint8)
    opened = cv2.dilate(cv2.morphologyEx(padded, cv2.MORPH_OPEN, around), around)  # with its own corners
    broad: np.ndarray = mask & (opened[wide:-wide, wide:-wide] == 1)
    return broad if broad.sum() > MOSTLY * mask.sum() else mask


def _breadth(mask: np.ndarray) -> float:
    """The radius of the largest circle in a mask, whose parts go on beyond the picture."""
    return float(cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1, mode="edge"), cv2.DIST_L2, 3).max())


def _is_written_on(regions: Regions, inside: np.ndarray) -> bool:
    """Whether anything is written on what is left: a sheet without is one whose only stroke leaves the picture."""
    return bool(inside.any()) and regions.written[inside].mean() >= WRITTEN


def _around(own: np.ndarray, foreign: np.ndarray) -> np.ndarray:
    """What hangs together with the sheet's own region without crossing what is foreign: bool (h, w)."""
    _, labels = cv2.connectedComponents((~foreign).astype(np.uint8), connectivity=4)
    return np.isin(labels, np.unique(labels[own]))


def _steps(colors: np.ndarray, part: np.ndarray, own: np.ndarray) -> bool:
    """Whether a part differs from what is beside it at its very edge, as a thing does and the deep of a shadow does not."""
    wide = np.ones((_odd(4 * BESIDE * SIDE),) * 2, np.uint8)
    sheet = cv2.morphologyEx(_around(own, part).astype(np.uint8), cv2.MORPH_OPEN, wide) == 1  # no strokes that reach in
    within, without = (cv2.distanceTransform(each.astype(np.uint8), cv2.DIST_L2, 3) for each in (~sheet, sheet))
    edge = BESIDE * SIDE
    beyond = without > edge  # on the sheet
    if not beyond.any():
        return False
    near = part & (within > edge) & (within < 3 * edge)
    unlike = _unlike(colors, _spread(colors, beyond.astype(np.uint8)))[near]
    return bool(unlike.size) and float(unlike.mean()) > 0.5


def _from_the_border(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The connected parts of a mask, labelled (h, w), and the labels of those that reach the edge of the picture."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return labels, border[border > 0]


def _filled(mask: np.ndarray) -> np.ndarray:
    """The mask without its holes: uint8, 1 on 0."""
    labels, border = _from_the_border(~mask)
    return np.where(np.isin(labels, border), 0, 1).astype(np.uint8)


def _unlike(colors: np.ndarray, color: np.ndarray) -> np.ndarray:
    """Where the colours (h, w, 3) are not those of a sheet of such a colour, in light or in shadow: bool (h, w).

    `color` is one colour, (3,), or one for each pixel.
    """
    values, own = colors.astype(np.float32), np.asarray(color, np.float32)
    lit = own[..., :1] / np.maximum(values[:, :, :1], DARK)  # a shadow takes colour as it takes light
    tint = np.linalg.norm((values[:, :, 1:] - 128) * lit - (own[..., 1:] - 128), axis=2)
    first, second = values[:, :, 0] + DARK, own[..., 0] + DARK
    light = np.minimum(first, second) / np.maximum(first, second)
    unlike: np.ndarray = (tint > OTHER_COLOR) | (light < OTHER_LIGHT)
    return unlike


def _spread(colors: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The colours with those outside replaced by the nearest inside."""
    _, nearest = cv2.distanceTransformWithLabels(1 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    flat = colors.reshape(inside.size, -1)
    source = np.zeros(int(nearest.max()) + 1, np.int64)
    source[nearest[inside == 1]] = np.flatnonzero(inside)
    return flat[source[nearest]].reshape(colors.shape)


def _odd(size: float) -> int:
    """The nearest odd number of pixels, at least 3."""
    return max(3, 2 * round((size - 1) / 2) + 1)
