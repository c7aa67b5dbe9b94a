"""What each layer makes of a glyph: its maps, the most active first, and all of them on one sheet."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageColor

from hwr.errors import HwrError
from hwr.explain.network import layers_of, pictures, private
from hwr.palette import INK, PAPER
from hwr.recognize import Recognizer

CELL, GAP = 84, 6  # pixels of a map on the sheet, and between two


def feature_maps(recognizer: Recognizer, glyph: np.ndarray, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """What a layer (network.layers) gives for a glyph (uint8, 28 x 28): maps float32 (n, h, w), the most active first, and
    which of the layer's each of them is, int64 (n,).

    A map is as active as its mean. Raises HwrError for a layer that is not there, and for a network from an ONNX file.
    """
    model = private(recognizer)
    if layer not in {found.name for found in layers_of(model)}:
        raise HwrError(f'This network has no layer "{layer}" of maps.')
    given: list[torch.Tensor] = []
    model.get_submodule(layer).register_forward_hook(lambda _, __, maps: given.append(maps))
    with torch.inference_mode():
        model(pictures(glyph[None]))
    maps = given[0][0].numpy()
    order = np.argsort(-maps.mean((1, 2)), kind="stable")
    return maps[order], order


def contact_sheet(maps: np.ndarray, *, columns: int = 8) -> Image.Image:
    """Maps (n, h, w) beside and below each other, each from paper (nothing) to ink (its own most): RGBA, clear between."""
    ink = np.array(ImageColor.getrgb(INK), np.float32)
    paper = np.array(ImageColor.getrgb(PAPER), np.float32)
    rows = -(-len(maps) // columns)
    sheet = Image.new("RGBA", (columns * (CELL + GAP) - GAP, max(1, rows * (CELL + GAP) - GAP)))
    for place, one in enumerate(np.maximum(maps, 0)):
        shade = (one / max(float(one.max()), 1e-12))[:, :, None]
        cell = Image.fromarray(np.round(paper * (1 - shade) + ink * shade).astype(np.uint8))
        row, column = divmod(place, columns)
        sheet.paste(cell.resize((CELL, CELL), Image.Resampling.NEAREST), (column * (CELL + GAP), row * (CELL + GAP)))
    return sheet
