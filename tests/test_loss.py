"""The loss of a training: cross-entropy, and letters whose case is not known."""

import numpy as np
import pytest
import torch

from hwr.classes import other_cases
from hwr.data import _relabelled
from hwr.dataset import EITHER, Dataset
from hwr.loss import Loss

CLASSES = "0AaBb"


def test_it_is_cross_entropy_with_label_smoothing():
    values, labels = torch.randn(8, 5), torch.randint(5, (8,))
    expected = torch.nn.functional.cross_entropy(values, labels, label_smoothing=0.1)
    assert Loss(CLASSES, 0.1)(values, labels).item() == pytest.approx(expected.item(), rel=1e-5)


def test_either_case_is_right_for_a_letter_whose_case_is_open():
    loss = Loss(CLASSES, 0.0)
    values = torch.tensor([[0.0, 4.0, 4.0, 0.0, 0.0]])
    both = values.softmax(1)[0, 1:3].sum().log()
    assert loss(values, torch.tensor([EITHER + 1])).item() == pytest.approx(-both.item(), rel=1e-5)
    small = torch.tensor([[0.0, 0.0, 9.0, 0.0, 0.0]])
    assert loss.right(small, torch.tensor([EITHER + 1])) == 1
    assert loss.right(small, torch.tensor([1])) == 0
    assert loss.right(small, torch.tensor([EITHER + 3])) == 0


def test_rows_after_the_labels_do_not_count_as_answers():
    values = torch.eye(5)
    assert Loss(CLASSES, 0.0).right(values, torch.tensor([0, 1])) == 2


def test_a_merged_set_leaves_the_case_open_where_the_classes_tell_it():
    data = Dataset("emnist-letters", np.zeros((3, 28, 28), np.uint8), np.array([0, 1, 1]), "AB", "emnist")
    assert _relabelled(data, "AaB", "train").labels.tolist() == [EITHER + 0, 2, 2]
    assert _relabelled(data, "AaB", "train").certain().labels.tolist() == [2, 2]
    assert len(_relabelled(data, "AaB", "test")) == 2
    told_apart = Dataset("unipen", data.images, data.labels, "AB", "emnist")
    assert _relabelled(told_apart, "AaB", "train").labels.tolist() == [0, 2, 2]


def test_other_cases():
    assert other_cases(CLASSES).tolist() == [0, 2, 1, 4, 3]
    assert other_cases("Ac1").tolist() == [0, 1, 2]
