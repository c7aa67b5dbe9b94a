"""Where the network looked: how much each pixel of one glyph speaks for a character."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from hwr.classes import charset_matrix
from hwr.engines import OnnxNetwork
from hwr.errors import HwrError
from hwr.recognize import Recognizer

STEPS = 16


def saliency(recognizer: Recognizer, glyph: np.ndarray, char: str) -> np.ndarray:
    """How much each pixel of a glyph (uint8, 28 x 28) adds to the score of `char`: float32 (28, 28) in [0, 1].

    Integrated gradients from the empty glyph (Sundararajan et al., 2017, arXiv:1703.01365), smoothed a little; what speaks
    against the character counts as nothing. Raises HwrError when the recognizer does not know the character, or comes from
    an ONNX file.
    """
    _, matrix = charset_matrix(recognizer.classes, char)
    if isinstance(recognizer.model, OnnxNetwork):
        raise HwrError(
            "Where the network looked is told by gradients, which an ONNX file has none of: use the checkpoint."
        )
    target = torch.from_numpy(np.flatnonzero(matrix[:, 0]))
    picture = torch.from_numpy(glyph).float().div(255)[None, None]
    added = picture * _mean_gradient(recognizer.model, picture, target)
    smooth = torch.nn.functional.avg_pool2d(added.clamp(min=0), 3, 1, 1)[0, 0]
    return (smooth / smooth.max().clamp(min=1e-12)).numpy()


def _mean_gradient(model: nn.Module, picture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The mean over the way from the empty glyph of the gradient of the target classes' log chance."""
    weights = (torch.arange(STEPS) + 0.5) / STEPS
    steps = (weights[:, None, None, None] * picture).requires_grad_()
    with torch.enable_grad():
        scores = model(steps).log_softmax(1)[:, target].logsumexp(1).sum()
        (gradient,) = torch.autograd.grad(scores, steps)
    return gradient.mean(0, keepdim=True)
