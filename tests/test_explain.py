"""Why the network answered so: known properties of each explanation, for every network; the shared network stays as it is."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from hwr import Recognizer, checkpoint, engines, explain
from hwr.data import Source, load
from hwr.errors import HwrError
from hwr.explain import change
from hwr.explain.network import private
from hwr.models import MODELS, Classifier, build
from hwr.synthetic import glyphs as drawn_glyphs

CLASSES = "1478"


def made(name: str, classes: str = CLASSES) -> Recognizer:
    """A recognizer whose last layer alone has learned, what it could from a few drawn glyphs."""
    torch.manual_seed(3)
    model = build(name, len(classes)).train()
    drawn = load("synthetic", Source("train", Path(), "mnist", classes=classes, limit=64))
    images = torch.from_numpy(drawn.images)[:, None] / 255
    with torch.no_grad():
        model(images)  # what batch normalisation sees
        given = model.eval().features((images - model.mean) / model.std)
        given, told = torch.cat([given, torch.ones(len(given), 1)], 1), torch.eye(len(classes))[drawn.labels]
        learned = given.T @ torch.linalg.solve(given @ given.T + 0.001 * torch.eye(len(given)), 40 * told)
        model.head.weight[:], model.head.bias[:] = learned[:-1].T, learned[-1]
    return Recognizer(model, {"model": name, "classes": classes, "framing": "mnist", "dataset": "synthetic"}, name)


@pytest.fixture(params=MODELS, scope="module")
def network(request) -> Recognizer:
    return made(request.param)


@pytest.fixture(scope="module")
def digits() -> Recognizer:
    return Recognizer.load("digits")


@pytest.fixture(scope="module")
def glyphs() -> np.ndarray:
    return load("synthetic", Source("test", Path(), "mnist", classes=CLASSES, limit=30)).images


@pytest.fixture
def pictures(tmp_path, glyphs) -> str:
    """A dataset of a folder with some glyphs of each of two characters."""
    from PIL import Image

    for place, glyph in enumerate(glyphs):
        folder = tmp_path / "set" / CLASSES[place % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - np.pad(glyph, 20)).save(folder / f"{place}.png")
    return f"folder:{tmp_path / 'set'}"


def silent(what: str, share: float) -> None:
    """Hears nothing."""


def log_chance(model: nn.Module, picture: torch.Tensor, place: int) -> torch.Tensor:
    return model(picture).log_softmax(1)[:, place]


def test_attributions_add_up_to_the_difference_of_the_score(network, glyphs):
    picture = torch.from_numpy(glyphs[0])[None, None] / 255
    with torch.inference_mode():
        scores = log_chance(network.model, torch.cat([picture, torch.zeros_like(picture)]), CLASSES.index("7"))
    added = explain.attributions(network, glyphs[0], "7", steps=200)
    assert added.sum() == pytest.approx(float(scores[0] - scores[1]), rel=0.05, abs=0.05)
    assert not added[glyphs[0] == 0].any()


def test_attributions_are_integrated_gradients_by_hand(network, glyphs):
    uneven = glyphs[0] - np.minimum(glyphs[0], np.random.default_rng(0).integers(0, 60, (28, 28), dtype=np.uint8))
    picture = torch.from_numpy(uneven)[None, None] / 255  # in even ink any of a pool's inputs may be its largest
    total = torch.zeros_like(picture)
    for step in range(16):
        point = (picture * (step + 0.5) / 16).requires_grad_()
        total += torch.autograd.grad(log_chance(network.model, point, 1).sum(), point)[0]
    by_hand = (picture * total / 16)[0, 0].numpy()
    found = explain.attributions(network, uneven, CLASSES[1], steps=16)
    assert np.allclose(found, by_hand, atol=1e-4 * abs(by_hand).max())


def test_saliency_is_of_what_speaks_for_the_character(network, glyphs):
    seen = explain.saliency(network, glyphs[0], "7")
    assert seen.shape == (28, 28)
    assert seen.dtype == np.float32
    assert seen.min() >= 0
    assert seen.max() == 1
    assert not explain.saliency(network, np.zeros((28, 28), np.uint8), "7").any()


def test_grad_cam_of_every_layer(network, glyphs):
    found = explain.layers(network)
    for layer in found:
        seen = explain.grad_cam(network, glyphs[0], "7", layer.name)
        assert seen.shape == (28, 28)
        assert 0 <= seen.min() <= seen.max() <= 1
    usual = next(layer.name for layer in reversed(found) if layer.kind != "pooling")
    assert np.array_equal(explain.grad_cam(network, glyphs[0], "7"), explain.grad_cam(network, glyphs[0], "7", usual))


def looking_for_bars() -> Recognizer:
    """A network whose one class is scored by upright bars and the other by level ones."""
    convolution = nn.Conv2d(1, 2, 5, padding=2, bias=False)
    bar = torch.full((5, 5), -0.2)
    bar[:, 2] = 0.8
    with torch.no_grad():
        convolution.weight[0, 0], convolution.weight[1, 0] = bar, bar.T
    features = nn.Sequential(convolution, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model = Classifier(features, 2, 2)
    with torch.no_grad():
        model.head.weight[:], model.head.bias[:] = torch.eye(2), 0
    return Recognizer(model.eval(), {"model": "bars", "classes": "I-", "framing": "mnist"})


def test_grad_cam_lies_on_the_ink_that_matters():
    glyph = np.zeros((28, 28), np.uint8)
    glyph[4:24, 5] = glyph[14, 12:26] = 255
    network = looking_for_bars()
    upright, level = (explain.grad_cam(network, glyph, char, "features.1") for char in "I-")
    assert upright[6:22, 5].min() > 0.5
    assert upright[14, 14:24].max() < 0.1
    assert level[14, 14:24].min() > 0.5
    assert level[6:22, 5].max() < 0.1


def test_layers_are_those_of_the_network(network, glyphs):
    found = explain.layers(network)
    assert found[0].shape[1:] == (28, 28)
    sides = [layer.shape[1] for layer in found]
    assert sides == sorted(sides, reverse=True)
    for layer in found:
        maps, order = explain.feature_maps(network, glyphs[0], layer.name)
        assert maps.shape == layer.shape
        assert sorted(order) == list(range(len(maps)))
        means = maps.mean((1, 2))
        assert (np.diff(means) <= 0).all()
        assert f"{layer.shape[0]} maps of {layer.shape[1]} x {layer.shape[2]}" in layer.title
    with pytest.raises(HwrError, match="no layer"):
        explain.feature_maps(network, glyphs[0], "head")
    with pytest.raises(HwrError, match="no layer"):
        explain.grad_cam(network, glyphs[0], "7", "head")


def test_feature_maps_are_what_the_layer_gives(glyphs):
    network = made("simple")
    maps, order = explain.feature_maps(network, glyphs[0], "features.1")
    model = network.model
    picture = (torch.from_numpy(glyphs[0])[None, None] / 255 - model.mean) / model.std
    with torch.inference_mode():
        whole = model.features[0](picture).relu()[0].numpy()
    assert np.allclose(maps, whole[order], atol=1e-5)


def test_a_contact_sheet_shows_each_map_from_paper_to_ink():
    maps = np.zeros((3, 2, 2), np.float32)
    maps[1, 0, 0], maps[2] = 5, -1
    sheet = explain.contact_sheet(maps, columns=2)
    assert sheet.size == (174, 174)
    assert [sheet.getpixel(place) for place in ((2, 2), (92, 2), (160, 60), (2, 92), (86, 2), (130, 130))] == [
        (253, 250, 243, 255),
        (35, 34, 43, 255),
        (253, 250, 243, 255),
        (253, 250, 243, 255),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    ]


def everything(network: Recognizer, glyph: np.ndarray, folder: Path) -> None:
    """Every explanation once."""
    explain.saliency(network, glyph, "7")
    explain.grad_cam(network, glyph, "4")
    for layer in explain.layers(network):
        explain.feature_maps(network, glyph, layer.name)
    among = explain.index(network, "synthetic", folder, silent, count=40)
    explain.nearest(network, among, glyph)


def test_the_shared_network_stays_as_it_was(network, glyphs, tmp_path):
    before = {name: value.clone() for name, value in network.model.state_dict().items()}
    inplace = [module.inplace for module in network.model.modules() if hasattr(module, "inplace")]
    everything(network, glyphs[0], tmp_path)
    for module in network.model.modules():
        assert not [*module._forward_hooks, *module._forward_pre_hooks, *module._backward_hooks]
        assert not module.training
    assert inplace == [module.inplace for module in network.model.modules() if hasattr(module, "inplace")]
    assert all(torch.equal(value, before[name]) for name, value in network.model.state_dict().items())
    assert all(parameter.grad is None for parameter in network.model.parameters())
    assert private(network) is not network.model


def test_others_read_while_somebody_asks_why(glyphs, tmp_path):
    network, wrong, done = made("residual"), [], threading.Event()
    usual = network.predict(glyphs[:4])[1]
    alone = [explain.saliency(network, glyph, "7") for glyph in glyphs[:3]]

    def read() -> None:
        while not done.is_set():
            if not np.allclose(network.predict(glyphs[:4])[1], usual, atol=1e-6):
                wrong.append(1)

    def ask(place: int) -> None:
        if not np.allclose(explain.saliency(network, glyphs[place], "7"), alone[place], atol=1e-4):
            wrong.append(2)
        everything(network, glyphs[place], tmp_path)

    readers = [threading.Thread(target=read) for _ in range(2)]
    asking = [threading.Thread(target=ask, args=(place,)) for place in range(3)]
    for thread in (*readers, *asking):
        thread.start()
    for thread in asking:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert not wrong


def test_the_nearest_of_a_training_picture_is_itself(network, pictures, tmp_path):
    among = explain.index(network, pictures, tmp_path, silent)
    assert set(among.classes) <= set(CLASSES)
    for place in (0, 5, len(among) - 1):
        first, second, *_ = explain.nearest(network, among, among.images[place], count=5)
        assert np.array_equal(first.image, among.images[place])
        assert first.char == among.classes[among.labels[place]]
        assert first.distance < 2e-3
        assert first.distance <= second.distance


def test_like_characters_are_near(digits, tmp_path):
    among = explain.index(digits, "synthetic", tmp_path, silent, count=200)
    assert len(among) == 200
    test = load("synthetic", Source("test", tmp_path, "mnist", classes="0123456789", limit=40))
    right = [
        explain.nearest(digits, among, glyph, count=1)[0].char == test.classes[label]
        for glyph, label in zip(test.images, test.labels, strict=True)
    ]
    assert np.mean(right) > 0.85


def test_an_index_is_kept_until_something_changes(pictures, tmp_path, monkeypatch):
    network, told = made("simple"), []
    assert explain.kept_index(network, pictures, tmp_path) is None
    among = explain.index(network, pictures, tmp_path, lambda *what: told.append(what))
    assert told[0][0].startswith("Loading")
    assert [share for _, share in told] == sorted(share for _, share in told)
    kept = explain.kept_index(network, pictures, tmp_path)
    assert np.array_equal(kept.features, among.features)
    assert explain.kept_index(network, pictures, tmp_path, count=7) is None
    other = made("simple")
    with torch.no_grad():
        other.model.head.bias += 1
    assert explain.kept_index(other, pictures, tmp_path) is None
    (file,) = (tmp_path / "cache" / "explain").iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    assert explain.kept_index(network, pictures, tmp_path) is None
    assert len(explain.index(network, pictures, tmp_path, silent)) == len(among)
    next((tmp_path / "set").rglob("*.png")).touch()
    assert explain.kept_index(network, pictures, tmp_path) is None
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWR_CACHE", str(tmp_path / "file"))
    assert len(explain.index(network, pictures, tmp_path, silent)) == len(among)


def test_making_an_index_can_be_ended(tmp_path):
    def stop(what: str, share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain.index(made("simple"), "synthetic", tmp_path, stop)
    assert not (tmp_path / "cache" / "explain").exists()


def test_where_to_look_for_like_pictures(tmp_path):
    assert explain.teachers(made("simple"), tmp_path) == ["synthetic"]
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte").write_text("")
    assert explain.teachers(made("simple"), tmp_path) == ["synthetic", "mnist"]
    assert explain.teachers(Recognizer.load("mnist-simple"), tmp_path) == ["mnist", "synthetic"]
    assert explain.teachers(made("simple", "abcd"), tmp_path) == ["synthetic"]
    with pytest.raises(HwrError, match="no dataset"):
        explain.index(made("simple"), "mnits", tmp_path, silent)


def test_a_changed_picture_is_read_as_the_target(network, glyphs, monkeypatch):
    monkeypatch.setattr(change, "GRID", 5)
    monkeypatch.setattr(change, "LENGTHS", (4, 10))
    found = ((glyph, explain.what_would_change(network, glyph)) for glyph in glyphs[:6])
    glyph, changed = next((glyph, changed) for glyph, changed in found if changed)
    (read,) = network.glyphs(glyph[None], [(0, 0, 28, 28)])
    (after,) = network.glyphs(changed.after[None], [(0, 0, 28, 28)])
    assert after.char == changed.target != read.char
    assert after.confidence == pytest.approx(changed.confidence, abs=1e-5)
    assert after.confidence >= change.ENOUGH
    assert np.array_equal(changed.before, glyph)
    assert not (changed.added.astype(bool) & changed.erased.astype(bool)).any()
    assert np.array_equal(glyph + changed.added - changed.erased, changed.after)
    parts = [cv2.connectedComponents((part > 60).astype(np.uint8))[0] - 1 for part in (changed.added, changed.erased)]
    assert 1 <= sum(parts) <= 2 * changed.strokes <= 2 * change.STROKES


def test_any_character_can_be_made_another(digits):
    drawn, labels = drawn_glyphs("0123456789", 10, seed=3, framing=digits.framing)
    for glyph, label in zip(drawn, labels, strict=True):
        changed = explain.what_would_change(digits, glyph)
        assert changed is not None, label
        (before,), (after,) = (digits.glyphs(each[None], [(0, 0, 28, 28)]) for each in (glyph, changed.after))
        assert before.char != after.char == changed.target


@pytest.mark.parametrize(("char", "target"), [("7", "1"), ("1", "7")])
def test_a_real_network_needs_few_strokes(digits, char, target):
    data = load("synthetic", Source("test", Path(), digits.framing, classes=char, limit=8))
    glyph = next(image for image in data.images if digits.glyphs(image[None], [(0, 0, 28, 28)])[0].char == char)
    changed = explain.what_would_change(digits, glyph, target)
    assert changed is not None
    assert digits.glyphs(changed.after[None], [(0, 0, 28, 28)])[0].char == target
    assert changed.strokes <= 4
    assert 0 < changed.pixels < (glyph / 255).sum()


def test_a_change_for_a_network_of_another_engine(digits):
    content = engines.to_onnx(*checkpoint.load(checkpoint.find("digits")))
    model, info = engines.open_onnx(content, "digits.onnx")
    glyph = load("synthetic", Source("test", Path(), digits.framing, classes="7", limit=1)).images[0]
    usual, other = (explain.what_would_change(each, glyph, "1") for each in (digits, Recognizer(model, info)))
    assert np.array_equal(usual.after, other.after)


def test_what_cannot_be_explained_is_a_sentence(digits, glyphs, tmp_path):
    content = engines.to_onnx(*checkpoint.load(checkpoint.find("digits")))
    foreign = Recognizer(*engines.open_onnx(content, "digits.onnx"))
    glyph = glyphs[0]
    for ask in (
        lambda: explain.saliency(foreign, glyph, "7"),
        lambda: explain.grad_cam(foreign, glyph, "7"),
        lambda: explain.layers(foreign),
        lambda: explain.index(foreign, "synthetic", tmp_path, silent),
    ):
        with pytest.raises(HwrError, match="ONNX file has neither"):
            ask()
    with pytest.raises(HwrError, match="cannot read any"):
        explain.grad_cam(digits, glyph, "?")
    with pytest.raises(HwrError, match='cannot answer "x"'):
        explain.what_would_change(digits, glyph, "x")
    (read,) = digits.glyphs(glyph[None], [(0, 0, 28, 28)])
    with pytest.raises(HwrError, match="already"):
        explain.what_would_change(digits, glyph, read.char)
    with pytest.raises(HwrError, match="no other character"):
        explain.what_would_change(digits, glyph, charset=read.char)
    with pytest.raises(HwrError, match="uint8 array"):
        explain.what_would_change(digits, glyph / 255)
    assert explain.what_would_change(digits, glyph, charset="17").target in "17"


def test_what_no_stroke_changes_is_nothing(monkeypatch, glyphs):
    network = made("simple")
    with torch.no_grad():
        network.model.head.weight[:] = 0
        network.model.head.bias[:] = torch.tensor([9.0, 0, 0, 0])
    assert explain.what_would_change(network, glyphs[0], "7") is None
