"""Figures: known answers for the interval, the calibration, the confusion and the temperature."""

import numpy as np
import pytest
import torch
from sklearn.metrics import classification_report, confusion_matrix

from hwr import checkpoint
from hwr.classes import BYCLASS, DIGITS, LETTERS, MERGED
from hwr.data import Dataset
from hwr.errors import HwrError
from hwr.evaluate import (
    calibration_error,
    class_figures,
    common_classes,
    confusion,
    evaluate,
    fit_temperature,
    reliability,
    report_text,
    score,
    wilson,
)
from hwr.insight import most_confused
from hwr.models import probabilities


def data(labels: list[int], classes: str = "012") -> Dataset:
    return Dataset("some", np.zeros((len(labels), 28, 28), np.uint8), np.array(labels), classes, "mnist")


CHANCES = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], dtype=np.float32)


def test_wilson_against_known_values():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe, 1998, table I
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    low, high = wilson(10, 10)
    assert low == pytest.approx(0.7225, abs=1e-4)
    assert high == pytest.approx(1.0)


def test_score():
    scores = score(CHANCES, np.array([0, 1, 1, 2]))
    assert scores.accuracy == 0.75
    assert scores.loss == pytest.approx(-np.log([0.8, 0.7, 0.3, 0.7]).mean(), rel=1e-5)
    assert scores.to_dict()["images"] == 4


def test_nothing_to_score_is_a_sentence():
    with pytest.raises(HwrError, match="nothing to score"):
        score(np.zeros((0, 3)), np.zeros(0))


def test_calibration_error_of_honest_and_boastful_confidence():
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 20_000)
    chances = np.stack([confidence, 1 - confidence], 1)
    honest = random.random(20_000) < confidence
    assert calibration_error(chances, honest) < 0.02
    assert calibration_error(chances, random.random(20_000) < 0.5) == pytest.approx(0.25, abs=0.02)


def test_temperature_undoes_overconfidence():
    torch.manual_seed(0)
    logits = torch.randn(5000, 5) * 2
    labels = torch.distributions.Categorical(logits=logits).sample()
    assert fit_temperature(logits * 3, labels) == pytest.approx(3.0, rel=0.1)


def test_report_and_confusion():
    some = data([0, 1, 1, 2])
    matrix = confusion(CHANCES, some)
    assert matrix.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert most_confused(matrix, "012") == [("1", "0", 1)]
    rows = {line.split()[0]: line.split()[1:] for line in report_text(matrix, "012").splitlines()}
    assert rows["1"] == ["1.0000", "0.5000", "0.6667", "2"]
    assert rows["weighted"] == ["0.8750", "0.7500", "0.7500", "4"]


def test_confusion_and_report_are_scikit_learns():
    random = np.random.default_rng(0)
    some = data(random.integers(0, 4, 300).tolist(), "0123x")  # of the last class there is no picture
    chances = random.random((300, 5))
    chances[:, 3] = 0  # and one class is never the answer
    read = chances.argmax(1)
    assert np.array_equal(confusion(chances, some), confusion_matrix(some.labels, read, labels=range(5)))
    found = class_figures(confusion(chances, some))
    known = classification_report(some.labels, read, labels=range(5), output_dict=True, zero_division=0)
    for ours, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score"), ("images", "support")):
        assert found[ours] == pytest.approx([known[str(place)][theirs] for place in range(5)])


def test_reliability_of_confidences_on_the_edge():
    count, confidence, accuracy = reliability(np.array([0.0, 0.05, 0.5, 1.0]), np.array([0, 1, 1, 1], bool), bins=10)
    assert count.tolist() == [2, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert confidence[[0, 5, 9]] == pytest.approx([0.025, 0.5, 1])
    assert accuracy[[0, 5, 9]].tolist() == [0.5, 1, 1]
    assert not confidence[count == 0].any()


def test_charset_renormalises():
    characters, chances = probabilities(torch.tensor([[2.0, 1.0, 0.0]]), "012", "12")
    assert characters == "12"
    assert chances.sum() == pytest.approx(1.0)
    assert chances[0, 0] == pytest.approx(np.e / (1 + np.e), rel=1e-5)


def test_model_lacking_a_class_is_a_sentence(small_weights):
    model, info = checkpoint.load(small_weights)
    with pytest.raises(HwrError, match='cannot read "A"'):
        evaluate(model, info, data([0, 1], "0A"))


def test_order_of_classes_is_that_of_the_data(small_weights):
    model, info = checkpoint.load(small_weights)
    images = np.random.default_rng(0).integers(0, 255, (6, 28, 28), dtype=np.uint8)
    forward = evaluate(model, info, Dataset("a", images, np.zeros(6, int), "0123456789", "mnist"))[1]
    backward = evaluate(model, info, Dataset("a", images, np.zeros(6, int), "9876543210", "mnist"))[1]
    assert np.allclose(forward, backward[:, ::-1], atol=1e-6)


@pytest.mark.parametrize(
    ("known", "asked", "common"),
    [("0123", "0123456789", "0123"), (MERGED, DIGITS, DIGITS), (MERGED, LETTERS, LETTERS), (MERGED, BYCLASS, MERGED)],
)
def test_scored_on_what_model_and_data_share(known, asked, common):
    assert common_classes(known, asked) == common
