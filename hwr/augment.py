"""Augmentation of a whole batch of glyphs at once, as tensors; no picture is touched on its own.

One resampling does rotation, shift, zoom, shear and elastic distortion together; stroke width is a blend with the dilated
or eroded picture. Pictures come and go as float (n, 1, 28, 28) in [0, 1], ink bright.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from hwr.config import TrainConfig


def augment(pictures: Tensor, config: TrainConfig, generator: Generator) -> Tensor:
    """Each picture distorted at random within the limits of `config`; same generator state, same result."""
    if config.stroke:
        pictures = vary_stroke(pictures, config.stroke, generator)
    if config.dirt:
        pictures = dirty(pictures, config.dirt, generator)
    if config.blur:
        pictures = blur(pictures, config.blur, generator)
    if any((config.rotation, config.shift, config.zoom, config.shear, config.elastic)):
        pictures = warp(pictures, config, generator)
    return pictures


def warp(pictures: Tensor, config: TrainConfig, generator: Generator) -> Tensor:
    """Rotation, shift, zoom, shear and elastic distortion in one bilinear resampling."""
    count, _, height, _ = pictures.shape
    grid = F.affine_grid(affine(count, config, generator).to(pictures), list(pictures.shape), align_corners=False)
    if config.elastic:
        grid = grid + elastic(count, height, config.elastic, generator).to(pictures)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def affine(count: int, config: TrainConfig, generator: Generator) -> Tensor:
    """Random affine maps, (count, 2, 3), from output to input coordinates in [-1, 1]."""
    angle = _uniform(count, math.radians(config.rotation), generator)
    shear = _uniform(count, config.shear, generator)
    scale_x = 1 + _uniform(count, config.zoom, generator)
    scale_y = 1 + _uniform(count, config.zoom, generator)
    shift = 2 * config.shift * (2 * torch.rand(count, 2, generator=generator) - 1)
    cos, sin = angle.cos(), angle.sin()
    rows = [
        scale_x * cos,
        scale_x * (shear * cos - sin),
        shift[:, 0],
        scale_y * sin,
        scale_y * (shear * sin + cos),
        shift[:, 1],
    ]
    return torch.stack(rows, 1).view(count, 2, 3)


def elastic(count: int, size: int, strength: float, generator: Generator) -> Tensor:
    """Smooth random displacements, (count, size, size, 2) in grid units; `strength` is their spread in pixels.

    Random vectors on a coarse grid, made smooth by bicubic interpolation (after Simard et al., 2003).
    """
    coarse = torch.randn(count, 2, 5, 5, generator=generator) * (strength * 2 / size)
    smooth = F.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=False)
    return smooth.permute(0, 2, 3, 1)


def vary_stroke(pictures: Tensor, share: float, generator: Generator) -> Tensor:
    """A `share` of the pictures with strokes up to a pixel wider or narrower on each side."""
    count = len(pictures)
    chosen = torch.rand(count, generator=generator) < share
    blend = torch.rand(count, 1, 1, 1, generator=generator).to(pictures)
    wider = torch.rand(count, generator=generator) < 0.5
    result = pictures.clone()
    for index, change in ((chosen & wider, _dilate), (chosen & ~wider, _erode)):
        place = index.nonzero().flatten().to(pictures.device)
        some = pictures[place]
        result[place] = torch.lerp(some, change(some), blend[place])
    return result


def blur(pictures: Tensor, share: float, generator: Generator) -> Tensor:
    """A `share` of the pictures out of focus: blended with a Gaussian blur, the ink's brightest kept as bright."""
    count = len(pictures)
    amount = torch.rand(count, 1, 1, 1, generator=generator) * (torch.rand(count, 1, 1, 1, generator=generator) < share)
    kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]).to(pictures) / 16
    soft = F.conv2d(
        F.conv2d(pictures, kernel.view(1, 1, 5, 1), padding=(2, 0)), kernel.view(1, 1, 1, 5), padding=(0, 2)
    )
    mixed = torch.lerp(pictures, soft, amount.to(pictures))
    return mixed / mixed.amax((2, 3), keepdim=True).clamp(min=0.3)


def dirty(pictures: Tensor, share: float, generator: Generator) -> Tensor:
    """A `share` of the pictures with what cutting leaves behind: the edge of another of them, or a bit of a line."""
    count, _, height, width = pictures.shape
    chosen = (torch.rand(count, 1, 1, 1, generator=generator) < share).to(pictures.device)
    other = pictures[torch.randperm(count, generator=generator).to(pictures.device)]
    reach = torch.randint(width - 7, width - 2, (count, 1), generator=generator)
    side = torch.rand(count, 1, generator=generator) < 0.5
    column = torch.arange(width)[None] + torch.where(side, reach, -reach)  # where each column of the edge comes from
    inside = (column >= 0) & (column < width)
    index = column.clamp(0, width - 1)[:, None, None, :].expand(count, 1, height, width).to(pictures.device)
    edge = other.gather(3, index) * inside[:, None, None, :].to(pictures)
    row = torch.randint(0, height, (count, 1), generator=generator)
    part = torch.rand(count, 2, generator=generator).sort(1).values * width
    line = (torch.arange(height)[None] - row).abs().lt(1)[:, :, None]
    line = (
        line & (torch.arange(width)[None] >= part[:, :1]).logical_and(torch.arange(width)[None] < part[:, 1:])[:, None]
    )
    lined = (torch.rand(count, 1, 1, 1, generator=generator) < 0.5).to(pictures.device)
    left = torch.where(lined, line[:, None].to(pictures), edge)
    return torch.where(chosen, torch.maximum(pictures, left), pictures)


def _dilate(pictures: Tensor) -> Tensor:
    return torch.maximum(F.max_pool2d(pictures, (3, 1), 1, (1, 0)), F.max_pool2d(pictures, (1, 3), 1, (0, 1)))


def _erode(pictures: Tensor) -> Tensor:
    return -_dilate(-pictures)


def _uniform(count: int, limit: float, generator: Generator) -> Tensor:
    return limit * (2 * torch.rand(count, generator=generator) - 1)
