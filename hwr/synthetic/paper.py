"""Ink on paper as a camera or a scanner sees it: ruled, squared and patterned sheets, shadow, noise, blur, JPEG.

Takes ink (uint8, 255 on 0) and gives a grey picture of the same size, dark on light. Everything follows from the generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

KINDS = ("plain", "ruled", "squared", "patterned")


@dataclass(frozen=True)
class Paper:
    """How a sheet looks and is taken. `pitch` is the distance of its rules in pixels; the rest are shares from 0 to 1:
    how dark rules are beside ink, how deep the shadow, how strong noise and blur; `jpeg` a quality, 0 for none."""

    kind: str = "plain"
    pitch: float = 60.0
    rules: float = 0.4
    shadow: float = 0.0
    noise: float = 0.0
    blur: float = 0.0
    jpeg: int = 0
    contrast: float = 0.8


def any_paper(rng: np.random.Generator, *, pitch: float) -> Paper:
    """A sheet at random: half of them plain, most taken in fair light, some badly."""
    kind = str(rng.choice(KINDS, p=(0.5, 0.2, 0.15, 0.15)))
    bad = rng.random(4) < (0.5, 0.6, 0.5, 0.4)
    return Paper(
        kind=kind,
        pitch=pitch * float(np.exp(rng.normal(0, 0.25))) * (1 if kind == "ruled" else 0.5),
        rules=float(rng.uniform(0.05, 0.45) if kind == "patterned" else rng.uniform(0.1, 0.6)),
        shadow=float(rng.uniform(0, 0.6) * bad[0]),
        noise=float(rng.uniform(0, 0.5) ** 1.5 * bad[1]),
        blur=float(rng.uniform(0, 1) * bad[2]),
        jpeg=int(rng.integers(25, 90) * bad[3]),
        contrast=float(rng.uniform(0.35, 0.95)),
    )


def on_paper(ink: np.ndarray, paper: Paper, rng: np.random.Generator) -> np.ndarray:
    """The picture of ink (uint8, h x w) on a sheet: uint8 (h, w), paper light."""
    drawn = ink.astype(np.float32) / 255
    light = rng.uniform(0.7, 1.0) * _light(ink.shape, paper, rng)
    under = _rules(ink.shape, paper, rng) * paper.rules
    dark = np.maximum(drawn, under) if paper.kind != "patterned" else np.clip(drawn + under * (1 - drawn), 0, 1)
    picture: np.ndarray = light * (1 - paper.contrast * dark)
    if paper.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.3 + 1.1 * paper.blur)
    if paper.noise:
        picture = picture + rng.normal(0, 0.09 * paper.noise, ink.shape)
    grey: np.ndarray = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if paper.jpeg:
        _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, paper.jpeg])
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))
    return grey


def _light(shape: tuple[int, ...], paper: Paper, rng: np.random.Generator) -> np.ndarray:
    """The light over the sheet, float32 (h, w) up to 1: a smooth fall, and sometimes a soft edge of a shadow."""
    if not paper.shadow:
        return np.ones(shape, np.float32)
    coarse = 1 - paper.shadow * rng.uniform(0, 1, (2, 3)).astype(np.float32)
    light = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        angle, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
        y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        across = (x / shape[1] - 0.5) * np.cos(angle) + (y / shape[0] - 0.5) * np.sin(angle) - place
        light *= 1 - 0.5 * paper.shadow / (1 + np.exp(-np.clip(across * rng.uniform(10, 60), -30, 30)))
    return light.astype(np.float32)


def _rules(shape: tuple[int, ...], paper: Paper, rng: np.random.Generator) -> np.ndarray:
    """What is printed on the sheet, float32 (h, w) in [0, 1]."""
    page = np.zeros(shape, np.float32)
    height, width = shape
    if paper.kind in ("ruled", "squared"):
        thick = max(1, round(paper.pitch * rng.uniform(0.01, 0.05)))
        tilt = rng.normal(0, 0.008) * width
        for y in np.arange(rng.uniform(0, paper.pitch), height + abs(tilt), paper.pitch):
            cv2.line(page, (0, round(y)), (width, round(y + tilt)), 1.0, thick, cv2.LINE_AA)
        if paper.kind == "squared":
            for x in np.arange(rng.uniform(0, paper.pitch), width, paper.pitch):
                cv2.line(page, (round(x), 0), (round(x - tilt), height), 1.0, thick, cv2.LINE_AA)
    elif paper.kind == "patterned":
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        for _ in range(rng.integers(1, 4)):  # guilloche: bent waves over each other
            angle, bend = rng.uniform(0, np.pi), rng.uniform(0, 0.5)
            pitch = paper.pitch * rng.uniform(0.08, 0.5)
            along = x * np.cos(angle) + y * np.sin(angle) + bend * pitch * np.sin(y / (pitch * rng.uniform(1, 6)))
            page = np.maximum(page, (np.sin(2 * np.pi * along / pitch) > rng.uniform(0.3, 0.95)) * rng.uniform(0.3, 1))
    return page
