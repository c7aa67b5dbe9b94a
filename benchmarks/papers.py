"""Papers, boards, tables and lights: the ways in which `benchmarks.sheets` has a page photographed.

Each takes a page's ink (uint8, 255 on 0) and gives a picture (RGB uint8). Everything follows from the generator.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

PENS = ((35, 38, 48), (28, 45, 120), (25, 30, 90), (120, 25, 30), (20, 80, 60))
PITCH = 104  # pixels between lines

Rng = np.random.Generator
Way = Callable[[np.ndarray, Rng], np.ndarray]


def paper(shape: tuple[int, ...], color: tuple[float, ...] = (236, 234, 227)) -> np.ndarray:
    """A sheet of one colour: float (h, w, 3)."""
    return np.full((*shape[:2], 3), color, np.float32)


def inked(sheet: np.ndarray, ink: np.ndarray, rng: Rng, pen: tuple[float, ...] | None = None) -> np.ndarray:
    """A sheet (RGB, float) with the ink written on it."""
    share = ink[:, :, None].astype(np.float32) / 255
    color = np.array(PENS[int(rng.integers(len(PENS)))] if pen is None else pen, np.float32)
    return share * color + (1 - share) * sheet


def shot(scene: np.ndarray, rng: Rng, *, light: float = 0.75, quality: int = 75, noise: float = 3.0) -> np.ndarray:
    """A photo of a scene: light that falls off, a little softness, noise, JPEG."""
    y, x = np.indices(scene.shape[:2]).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * x / scene.shape[1] + np.sin(angle) * y / scene.shape[0]
    along = (along - along.min()) / float(np.ptp(along))
    lit = cv2.GaussianBlur(scene * (light + (1 - light) * along)[:, :, None], (0, 0), 0.7)
    lit = np.clip(lit + rng.normal(0, noise, lit.shape), 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", lit[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1]


def ruled(
    shape: tuple[int, ...], color: tuple[float, ...], rules: tuple[float, ...], *, thick: int = 2, margin: bool = True
) -> np.ndarray:
    sheet = paper(shape, color)
    for y in range(PITCH + 4, shape[0], PITCH):
        cv2.line(sheet, (0, y), (shape[1], y), rules, thick, cv2.LINE_AA)
    if margin:
        for x in (38, 46):
            cv2.line(sheet, (x, 0), (x, shape[0]), (205, 110, 120), 2, cv2.LINE_AA)
    return sheet


def squared(shape: tuple[int, ...], pitch: int, rules: tuple[float, ...], *, bold: int = 0) -> np.ndarray:
    sheet = paper(shape)
    for axis in (0, 1):
        for number, place in enumerate(range(pitch // 2, shape[axis], pitch)):
            ends = ((0, place), (shape[1], place)) if axis == 0 else ((place, 0), (place, shape[0]))
            cv2.line(sheet, *ends, rules, 3 if bold and number % bold == 0 else 1, cv2.LINE_AA)
    return sheet


def dotted(shape: tuple[int, ...], pitch: int, radius: int) -> np.ndarray:
    sheet = paper(shape)
    for y in range(pitch // 2, shape[0], pitch):
        for x in range(pitch // 2, shape[1], pitch):
            cv2.circle(sheet, (x, y), radius, (150, 150, 160), -1, cv2.LINE_AA)
    return sheet


def grain(shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """A table of dark or light wood."""
    base = np.array([(92, 60, 38), (150, 108, 70), (60, 52, 48), (186, 150, 108)][int(rng.integers(4))], np.float32)
    fibre = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), sigmaX=60, sigmaY=1.5)
    slow = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), sigmaX=120, sigmaY=12)
    wood = 0.16 * fibre / fibre.std() + 0.1 * slow / slow.std()
    return np.clip(base * (1 + wood[:, :, None]), 0, 255)


def on_table(sheet: np.ndarray, rng: Rng, *, lean: float = 0.06, turn: float = 4) -> np.ndarray:
    """A sheet that lies on a table, seen a little from the side."""
    height, width = sheet.shape[:2]
    tall, wide = int(height * 1.35), int(width * 1.25)
    table = grain((tall, wide), rng)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    placed = corners + [(wide - width) / 2, (tall - height) / 2] + rng.uniform(-lean, lean, (4, 2)) * height * 0.6
    placed = cv2.transform(
        placed[None].astype(np.float32), cv2.getRotationMatrix2D((wide / 2, tall / 2), rng.uniform(-turn, turn), 1)
    )[0]
    matrix = cv2.getPerspectiveTransform(corners, placed.astype(np.float32))
    seen = cv2.warpPerspective(sheet.astype(np.float32), matrix, (wide, tall), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, (wide, tall))[:, :, None]
    shade = 1 - 0.35 * cv2.GaussianBlur(np.roll(cover[:, :, 0], (8, 8), (0, 1)), (0, 0), 9)[:, :, None] * (1 - cover)
    return seen * cover + table * shade * (1 - cover)


def wavy(picture: np.ndarray, rng: Rng, rise: float = 22) -> np.ndarray:
    """A page that is not flat."""
    place: np.ndarray = np.indices(picture.shape[:2]).astype(np.float32)
    y, x = place[0], place[1]
    bend = rise * np.sin(np.pi * x / picture.shape[1] * rng.uniform(0.8, 1.6) + rng.uniform(0, 3))
    down: np.ndarray = (y + bend).astype(np.float32)
    return cv2.remap(picture.astype(np.float32), x, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def glare(scene: np.ndarray, rng: Rng) -> np.ndarray:
    """Two lamps mirrored on a board."""
    y, x = np.indices(scene.shape[:2]).astype(np.float32)
    for _ in range(2):
        cx, cy = rng.uniform(0.1, 0.9) * scene.shape[1], rng.uniform(0.1, 0.9) * scene.shape[0]
        blob = np.exp(-(((x - cx) / 160) ** 2 + ((y - cy) / 70) ** 2))[:, :, None]
        scene = scene + (255 - scene) * 0.6 * blob
    return scene


def board(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A whiteboard with a line in each of several markers."""
    scene = paper(ink.shape, (206, 210, 212))
    for row in range(ink.shape[0] // PITCH):
        part = slice(PITCH * row + 14, PITCH * (row + 1) + 14)
        scene[part] = inked(
            scene[part], ink[part], rng, ((30, 30, 40), (190, 40, 50), (30, 90, 60), (40, 60, 160))[row % 4]
        )
    return shot(glare(scene, rng), rng)


def chalk(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A board that was wiped."""
    dust = cv2.GaussianBlur(rng.normal(0, 1, ink.shape).astype(np.float32), (0, 0), sigmaX=50, sigmaY=14)
    scene = paper(ink.shape, (48, 78, 62)) + 9 * (dust / dust.std())[:, :, None]
    broken = (ink * np.clip(rng.normal(0.85, 0.2, ink.shape), 0, 1)).astype(np.uint8)
    return shot(inked(scene, broken, rng, (228, 228, 218)), rng)


def folded(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A sheet that was folded twice each way: each field in its own light, an edge along each fold."""
    scene = inked(paper(ink.shape), ink, rng)
    height, width = ink.shape
    for rows in (slice(0, height // 2), slice(height // 2, height)):
        for columns in (slice(0, width // 3), slice(width // 3, 2 * width // 3), slice(2 * width // 3, width)):
            scene[rows, columns] *= rng.uniform(0.8, 1.0)
    for x in (width // 3, 2 * width // 3):
        cv2.line(scene, (x, 0), (x + 3, height), (190, 188, 182), 3, cv2.LINE_AA)
    cv2.line(scene, (0, height // 2), (width, height // 2 + 3), (190, 188, 182), 3, cv2.LINE_AA)
    return shot(cv2.GaussianBlur(scene, (0, 0), 0.8), rng)


def through(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Thin paper, through which the other side is seen."""
    back = cv2.GaussianBlur(np.roll(ink[:, ::-1], (30, 40), (0, 1)), (0, 0), 2)
    sheet = inked(paper(ink.shape), (back * 0.28).astype(np.uint8), rng)
    return shot(inked(sheet, ink, rng), rng)


def marked(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Words run over with a highlighter."""
    sheet = paper(ink.shape)
    for row in range(ink.shape[0] // PITCH - 1):
        if rng.random() < 0.7:
            x0, color = int(rng.uniform(40, 500)), ((250, 240, 90), (250, 160, 190), (150, 240, 150))[row % 3]
            y = PITCH * (row + 1) - 12
            cv2.rectangle(sheet, (x0, y - 30), (x0 + int(rng.uniform(200, 600)), y + 28), color, -1)
    return shot(inked(sheet, ink, rng), rng)


def coffee(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A ring that a cup left."""
    sheet = paper(ink.shape)
    ring = np.zeros(ink.shape, np.float32)
    cv2.circle(ring, (int(rng.uniform(300, 900)), int(rng.uniform(200, 600))), 170, 1.0, 14, cv2.LINE_AA)
    ring = cv2.GaussianBlur(ring, (0, 0), 3)[:, :, None] * 0.5
    return shot(inked(sheet * (1 - ring) + np.array((150, 105, 60), np.float32) * ring, ink, rng), rng)


def spiral(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A sheet of a spiral notebook: holes and wire along its top, the table above it."""
    sheet = ruled(ink.shape, (238, 238, 234), (150, 175, 215), margin=False)
    scene = np.concatenate([grain((90, ink.shape[1]), rng), paper((70, ink.shape[1])), inked(sheet, ink, rng)])
    for x in range(24, ink.shape[1], 48):
        cv2.circle(scene, (x, 122), 11, (70, 60, 55), -1, cv2.LINE_AA)
        cv2.ellipse(scene, (x + 4, 90), (12, 34), 8, 0, 360, (150, 150, 155), 5, cv2.LINE_AA)
    return shot(scene, rng)


def hand_shadow(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """The shadow of the hand and the phone that take the picture."""
    scene = inked(paper(ink.shape), ink, rng)
    shadow = np.zeros(ink.shape, np.float32)
    cv2.rectangle(shadow, (int(rng.uniform(200, 500)), 250), (int(rng.uniform(700, 1000)), ink.shape[0]), 1.0, -1)
    cv2.ellipse(shadow, (int(rng.uniform(500, 800)), ink.shape[0]), (420, 300), 20, 0, 360, 1.0, -1)
    return shot(scene * (1 - 0.5 * cv2.GaussianBlur(shadow, (0, 0), 7))[:, :, None], rng)


def moved(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """The camera moved."""
    long = int(rng.integers(5, 9))
    kernel = np.zeros((long, long), np.float32)
    cv2.line(kernel, (0, int(rng.integers(long))), (long - 1, int(rng.integers(long))), 1.0)
    return shot(cv2.filter2D(inked(paper(ink.shape), ink, rng), -1, kernel / kernel.sum()), rng)


def screen(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A photo of a screen: its pixels beat with the camera's."""
    y, x = np.indices(ink.shape).astype(np.float32)
    waves = np.sin(x * rng.uniform(0.5, 0.9) + y * 0.13) * np.sin(y * rng.uniform(0.5, 0.9) - x * 0.09)
    return shot(inked(paper(ink.shape, (215, 222, 240)), ink, rng) * (1 + 0.07 * waves)[:, :, None], rng)


def smaller(picture: np.ndarray, share: float) -> np.ndarray:
    return cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def tilted(ink: np.ndarray, rng: Rng, angle: float) -> np.ndarray:
    scene = np.pad(inked(paper(ink.shape), ink, rng), ((150, 150), (80, 80), (0, 0)), mode="edge")
    matrix = cv2.getRotationMatrix2D((scene.shape[1] / 2, scene.shape[0] / 2), angle, 1)
    return shot(
        cv2.warpAffine(scene, matrix, scene.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), rng
    )


WAYS: dict[str, Way] = {
    "the ink itself": lambda ink, rng: np.repeat(255 - ink[:, :, None], 3, 2),
    "plain paper": lambda ink, rng: shot(inked(paper(ink.shape), ink, rng), rng),
    "ruled, with a margin": lambda ink, rng: shot(
        inked(ruled(ink.shape, (238, 238, 234), (150, 175, 215)), ink, rng), rng
    ),
    "bold rules": lambda ink, rng: shot(
        inked(ruled(ink.shape, (238, 238, 234), (90, 110, 160), thick=4), ink, rng), rng
    ),
    "bent, ruled": lambda ink, rng: shot(
        wavy(inked(ruled(ink.shape, (238, 238, 234), (150, 175, 215)), ink, rng), rng), rng
    ),
    "yellow pad": lambda ink, rng: shot(inked(ruled(ink.shape, (246, 232, 150), (130, 170, 190)), ink, rng), rng),
    "squares": lambda ink, rng: shot(inked(squared(ink.shape, 35, (165, 185, 215)), ink, rng), rng),
    "millimetre paper": lambda ink, rng: shot(inked(squared(ink.shape, 13, (235, 190, 160), bold=5), ink, rng), rng),
    "small dots": lambda ink, rng: shot(inked(dotted(ink.shape, 35, 2), ink, rng), rng),
    "bold dots": lambda ink, rng: shot(inked(dotted(ink.shape, 35, 4), ink, rng), rng),
    "pencil": lambda ink, rng: shot(
        inked(
            paper(ink.shape),
            (ink * np.clip(rng.normal(0.7, 0.25, ink.shape), 0, 1)).astype(np.uint8),
            rng,
            (140, 140, 146),
        ),
        rng,
    ),
    "pale ink": lambda ink, rng: shot(inked(paper(ink.shape), ink, rng, (185, 190, 215)), rng),
    "note, red on pink": lambda ink, rng: shot(inked(paper(ink.shape, (250, 170, 190)), ink, rng, (190, 30, 60)), rng),
    "packing paper": lambda ink, rng: shot(
        inked(paper(ink.shape, (176, 138, 98)), ink, rng, (40, 34, 34)), rng, noise=8
    ),
    "whiteboard": board,
    "blackboard": chalk,
    "folded": folded,
    "shows through": through,
    "highlighter": marked,
    "ring of a cup": coffee,
    "spiral notebook": spiral,
    "shadow of a hand": hand_shadow,
    "half in the dark": lambda ink, rng: shot(inked(paper(ink.shape), ink, rng), rng, light=0.25, noise=5),
    "moved": moved,
    "JPEG of quality 15": lambda ink, rng: shot(inked(paper(ink.shape), ink, rng), rng, quality=15),
    "noise": lambda ink, rng: shot(inked(paper(ink.shape), ink, rng), rng, noise=22),
    "screen": screen,
    "letters of 20 pixels": lambda ink, rng: shot(smaller(inked(paper(ink.shape), ink, rng), 0.45), rng),
    "on a table": lambda ink, rng: shot(on_table(inked(paper(ink.shape), ink, rng), rng), rng),
    "on a table, ruled": lambda ink, rng: shot(
        on_table(inked(ruled(ink.shape, (238, 238, 234), (150, 175, 215)), ink, rng), rng), rng
    ),
    "from the side": lambda ink, rng: shot(on_table(inked(paper(ink.shape), ink, rng), rng, lean=0.2), rng),
    "10 degrees": lambda ink, rng: tilted(ink, rng, float(rng.choice([-10, 10]))),
    "on its side": lambda ink, rng: np.rot90(shot(inked(paper(ink.shape), ink, rng), rng)),
    "upside down": lambda ink, rng: np.rot90(shot(inked(paper(ink.shape), ink, rng), rng), 2),
}
