"""The loss of a training: cross-entropy with label smoothing, for labels of which some leave the case of a letter open."""

from __future__ import annotations

import torch
from torch import Tensor

from hwr.classes import other_cases
from hwr.dataset import EITHER


class Loss:
    """Called with logits (n, classes or one more) and labels (n,); a label of EITHER + i is right in both cases of i."""

    def __init__(self, classes: str, smoothing: float):
        self.smoothing = smoothing
        self.others = torch.from_numpy(other_cases(classes))

    def __call__(self, values: Tensor, labels: Tensor) -> Tensor:
        """The mean loss; for a letter in either case, the chance of its two classes together is what is learned."""
        certain, either = labels % EITHER, labels >= EITHER
        chances = values.log_softmax(1)
        found = chances.gather(1, certain[:, None])[:, 0]
        if either.any():
            place = either.nonzero()[:, 0]
            other = chances[place, self._others(labels)[certain[place]]]
            found = found.index_put((place,), torch.logaddexp(found[place], other))
        return -(1 - self.smoothing) * found.mean() - self.smoothing * chances.mean()

    def right(self, values: Tensor, labels: Tensor) -> Tensor:
        """How many answers are right, as a tensor; `values` may have rows after those of `labels`, which do not count."""
        answer, certain, either = values[: len(labels)].argmax(1), labels % EITHER, labels >= EITHER
        other = self._others(labels)[certain.clamp(max=len(self.others) - 1)]
        return ((answer == certain) | (either & (answer == other))).sum()

    def _others(self, labels: Tensor) -> Tensor:
        if self.others.device != labels.device:
            self.others = self.others.to(labels.device)
        return self.others
