"""Where the network looked: how much each pixel of a glyph speaks for a character, by captum (Kokhlikyan et al., 2020,
arXiv:2009.07896). captum is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from hwr.errors import HwrError
from hwr.explain.network import columns, last_layer, layers_of, pictures, private
from hwr.preprocess import SIZE
from hwr.recognize import Recognizer

STEPS = 16  # for a picture to look at
MANY = 64  # for attributions that about add up


def saliency(recognizer: Recognizer, glyph: np.ndarray, char: str) -> np.ndarray:
    """How much each pixel of a glyph (uint8, 28 x 28) adds to the score of `char`: float32 (28, 28) in [0, 1].

    Integrated gradients, smoothed a little; what speaks against the character counts as nothing. Raises HwrError when the
    recognizer does not know the character, or comes from an ONNX file.
    """
    added = attributions(recognizer, glyph, char, steps=STEPS)
    smooth = smoothed(np.maximum(added, 0))
    return smooth / max(float(smooth.max()), 1e-12)


def attributions(recognizer: Recognizer, glyph: np.ndarray, char: str, *, steps: int = MANY) -> np.ndarray:
    """What each pixel of a glyph (uint8, 28 x 28) adds to the log chance of `char`, or takes from it: float32 (28, 28).

    Integrated gradients from the empty glyph (Sundararajan et al., 2017, arXiv:1703.01365). With enough steps they sum to
    the log chance of the glyph less that of the empty one. Raises HwrError as `saliency`.
    """
    from captum.attr import IntegratedGradients

    target, model = columns(recognizer, char), private(recognizer)
    how = IntegratedGradients(log_chance(model, target))
    with torch.enable_grad():
        added = how.attribute(pictures(glyph[None]), n_steps=steps, method="riemann_middle")
    return added[0, 0].detach().numpy()


def grad_cam(recognizer: Recognizer, glyph: np.ndarray, char: str, layer: str = "") -> np.ndarray:
    """Where a layer found what speaks for `char` in a glyph (uint8, 28 x 28): float32 (28, 28) in [0, 1].

    Grad-CAM (Selvaraju et al., 2017, arXiv:1610.02391) of the layer of this name (network.layers); without one, of the last
    that has maps. Raises HwrError as `saliency`, and for a layer that is not there.
    """
    from captum.attr import LayerAttribution, LayerGradCam

    target, model = columns(recognizer, char), private(recognizer)
    name = layer or last_layer(model).name
    if name not in {found.name for found in layers_of(model)}:
        raise HwrError(f'This network has no layer "{name}" of maps.')

    def score(given: Tensor) -> Tensor:
        return model(given)[:, target].logsumexp(1)

    how = LayerGradCam(score, model.get_submodule(name))
    with torch.enable_grad():
        found = how.attribute(pictures(glyph[None]), relu_attributions=True)
    large = LayerAttribution.interpolate(found.detach(), (SIZE, SIZE), "bilinear")[0, 0].numpy()
    return large / max(float(large.max()), 1e-12)


def log_chance(model: nn.Module, target: Tensor) -> Callable[[Tensor], Tensor]:
    """The log chance of some classes: from pictures (n, 1, 28, 28) to (n,)."""
    return lambda given: model(given).log_softmax(1)[:, target].logsumexp(1)


def smoothed(values: np.ndarray) -> np.ndarray:
    """Values of pixels (28, 28) as means over 3 x 3 of them, for the eye."""
    return nn.functional.avg_pool2d(torch.from_numpy(values)[None, None], 3, 1, 1)[0, 0].numpy()
