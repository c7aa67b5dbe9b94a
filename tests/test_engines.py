"""Networks on ONNX Runtime: the same answers as on torch, and what is not ours is refused before it runs."""

import builtins
import threading
from pathlib import Path

import numpy as np
import pytest

from hwr import Recognizer, checkpoint, engines
from hwr.classes import CLASSES
from hwr.data import Source, load
from hwr.drawing import page_png
from hwr.engines import FASTEST, OnnxNetwork
from hwr.errors import HwrError
from hwr.explain import saliency
from hwr.models import MODELS, Classifier, build, logits
from hwr.onnx_file import LARGEST, verify

onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def glyphs() -> np.ndarray:
    return load("synthetic", Source("test", Path(), "mnist", classes="0123456789", limit=40)).images


@pytest.fixture(scope="module")
def digits() -> tuple:
    return checkpoint.load(checkpoint.find("digits"))


@pytest.fixture
def changed(digits):
    """The ONNX file of `digits` after a change of its protobuf message."""

    def change(how) -> bytes:
        model = onnx.load_model_from_string(engines.to_onnx(*digits))
        how(model)
        return model.SerializeToString()

    return change


@pytest.mark.parametrize("reject", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_every_network_runs_on_onnx_runtime(name, reject, glyphs):
    info = {"model": name, "classes": CLASSES["balanced"], "framing": "emnist"} | ({"reject": {}} if reject else {})
    model = build(name, 47 + reject).eval()
    network, said = engines.open_onnx(engines.to_onnx(model, info), "x.onnx")
    assert said == info
    for count in (1, 7):
        assert np.allclose(logits(network, glyphs[:count]), logits(model, glyphs[:count]), atol=1e-4)


def test_converting_leaves_the_network_as_it_was(digits, glyphs):
    model, info = digits
    before = logits(model, glyphs)
    engines.to_onnx(model, info)
    assert not model.training
    assert (logits(model, glyphs) == before).all()


def test_the_file_says_what_it_is(digits):
    model = onnx.load_model_from_string(engines.to_onnx(*digits))
    texts = {entry.key: entry.value for entry in model.metadata_props}
    assert (texts["classes"], texts["framing"]) == ("0123456789", "emnist")
    assert float(texts["reject_threshold"]) == digits[1]["reject"]["threshold"] > 0
    assert float(texts["temperature"]) == checkpoint.temperature(digits[1])
    assert [entry.version for entry in model.opset_import] == [engines.OPSET]
    assert "[0, 1]" in model.doc_string


@pytest.mark.parametrize("engine", ["torch", "onnx", FASTEST])
def test_a_page_is_read_the_same_on_every_engine(engine):
    usual = Recognizer.load("digits").read(page_png("314"), reader="glyphs")
    other = Recognizer.load("digits", engine=engine).read(page_png("314"), reader="glyphs")
    assert other.text == usual.text == "314"
    assert np.allclose([g.confidence for g in other.glyphs], [g.confidence for g in usual.glyphs], atol=1e-4)


def test_an_onnx_file_is_read_with(digits, tmp_path):
    path = tmp_path / "mine.onnx"
    path.write_bytes(engines.to_onnx(*digits))
    recognizer = Recognizer.load(path)
    assert (recognizer.name, recognizer.classes) == ("mine", "0123456789")
    assert recognizer.read(page_png("27")).text == "27"
    glyph = recognizer.read(page_png("7"), layout="char").glyphs[0]
    with pytest.raises(HwrError, match="ONNX file has neither"):
        saliency(recognizer, glyph.image, "7")
    with pytest.raises(HwrError, match="ONNX Runtime alone"):
        Recognizer.load(path, engine="torch")


def test_where_it_looked_is_known_on_any_engine():
    recognizer = Recognizer.load("digits", engine="onnx")
    glyph = recognizer.read(page_png("7"), layout="char").glyphs[0]
    assert saliency(recognizer, glyph.image, "7").max() == 1


def test_networks_for_lines_stay_on_torch():
    recognizer = Recognizer.load("digit-strings", engine="onnx")
    assert not isinstance(recognizer.lines().model, OnnxNetwork)
    with pytest.raises(HwrError, match="Networks for lines"):
        engines.to_onnx(*checkpoint.load(checkpoint.find("digit-strings")))


def test_an_unknown_engine_is_a_sentence():
    with pytest.raises(HwrError, match="choose one of torch, onnx"):
        Recognizer.load("digits", engine="tensorrt")


def test_the_faster_engine_is_measured_once(digits, monkeypatch):
    measured = []

    def seconds(network) -> float:
        measured.append(type(network).__name__)
        return 1.0 if isinstance(network, OnnxNetwork) else 2.0

    monkeypatch.setattr(engines, "_faster", {})
    monkeypatch.setattr(engines, "glyph_seconds", seconds)
    assert isinstance(engines.faster(*digits), OnnxNetwork)
    assert isinstance(engines.faster(*digits), OnnxNetwork)
    assert measured == ["Classifier", "OnnxNetwork"] * engines.TURNS
    monkeypatch.setattr(engines, "_faster", {"residual": "torch"})
    assert engines.faster(*digits) is digits[0]


@pytest.mark.parametrize(("on_torch", "on_onnx", "chosen"), [(2.0, 1.0, OnnxNetwork), (1.0, 2.0, Classifier)])
def test_the_app_reads_with_the_faster_engine(on_torch, on_onnx, chosen, monkeypatch):
    import ui

    ui.recognizer.clear()
    monkeypatch.setattr(engines, "_faster", {})
    monkeypatch.setattr(
        engines, "glyph_seconds", lambda network: on_onnx if isinstance(network, OnnxNetwork) else on_torch
    )
    path = checkpoint.find("digits")
    recognizer = ui.recognizer(path, path.stat().st_mtime_ns)
    assert type(recognizer._runner) is chosen
    assert type(recognizer.model) is Classifier, "what explains needs gradients"
    used = []
    monkeypatch.setattr(chosen, "forward", lambda self, given: used.append(1) or given.new_zeros(len(given), 10))
    recognizer.predict(np.zeros((1, 28, 28), np.uint8))
    assert used
    ui.recognizer.clear()


def test_one_slow_turn_decides_nothing(digits, monkeypatch):
    times = iter([9.0, 1.0, 0.5, 1.0, 0.5, 1.0])  # torch and ONNX Runtime in turns; the machine was busy at first
    monkeypatch.setattr(engines, "_faster", {})
    monkeypatch.setattr(engines, "glyph_seconds", lambda _: next(times))
    assert engines.faster(*digits) is digits[0]


def test_the_engine_is_measured_once_for_all_threads(digits, monkeypatch):
    measured = []

    def seconds(network) -> float:
        measured.append(threading.get_ident())
        return 1.0

    monkeypatch.setattr(engines, "_faster", {})
    monkeypatch.setattr(engines, "glyph_seconds", seconds)
    threads = [threading.Thread(target=engines.faster, args=digits) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(measured) == 2 * engines.TURNS
    assert len(set(measured)) == 1


def test_without_onnx_runtime_the_app_stays_on_torch(digits, monkeypatch):
    usual = builtins.__import__

    def absent(name, *rest, **how):
        if name.startswith("onnx"):
            raise ImportError(name)
        return usual(name, *rest, **how)

    monkeypatch.setattr(engines, "_faster", {})
    monkeypatch.setattr(builtins, "__import__", absent)
    assert engines.faster(*digits) is digits[0]
    with pytest.raises(HwrError, match="pip install onnx onnxruntime"):
        engines.runner(*digits, "onnx")


def outside(model) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = tensor.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"


def outside_in_a_constant(model) -> None:
    node = model.graph.node.add(op_type="Constant", output=["more"])
    attribute = node.attribute.add(name="value", type=onnx.AttributeProto.TENSOR)
    attribute.t.CopyFrom(onnx.helper.make_tensor("t", onnx.TensorProto.FLOAT, [1], [0.0]))
    outside_of = attribute.t.external_data.add()
    outside_of.key, outside_of.value = "location", "/etc/passwd"


def loop(model) -> None:
    body = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["a"], ["b"])], "body", [], [])
    model.graph.node.append(onnx.helper.make_node("Loop", ["logits", ""], ["more"], body=body))


def custom(model) -> None:
    model.graph.node.append(onnx.helper.make_node("Relu", ["logits"], ["more"], domain="com.somebody"))


def function(model) -> None:
    model.functions.append(onnx.helper.make_function("x", "f", ["a"], ["b"], [], []))


def vast(model) -> None:
    pads = next(part for node in model.graph.node for part in node.attribute if part.name == "pads")
    pads.ints[:] = [50_000] * 4


def other_classes(model) -> None:
    entry = next(entry for entry in model.metadata_props if entry.key == "hwr")
    entry.value = entry.value.replace('"0123456789"', '"0123"')


def other_input(model) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 32


def no_numbers(model) -> None:
    tensor = model.graph.initializer[0]
    tensor.raw_data = np.full(len(tensor.raw_data) // 4, np.nan, np.float32).tobytes()


def broken_facts(model) -> None:
    next(entry for entry in model.metadata_props if entry.key == "hwr").value = "{"


def bare(model) -> None:
    del model.metadata_props[:]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (outside, "other files"),
        (outside_in_a_constant, "other files"),
        (loop, "it has Loop"),
        (custom, "it has Relu"),
        (function, "parts of its own"),
        (vast, "too large"),
        (other_classes, "to its 5 classes"),  # four characters, and none
        (other_input, "does not go from glyphs"),
        (no_numbers, "gives no numbers"),
        (broken_facts, "description"),
        (bare, "not one that hwr exported"),
    ],
)
def test_an_onnx_file_that_is_not_ours_is_refused(changed, change, sentence):
    with pytest.raises(HwrError, match=sentence):
        engines.open_onnx(changed(change), "x.onnx")


@pytest.mark.parametrize("content", [b"", b"\x08", b"\x08\x07", b"hello", bytes(1000)])
def test_what_is_no_onnx_file_is_refused(content):
    with pytest.raises(HwrError, match=r"x\.onnx is (empty|not a readable)"):
        verify(content, "x.onnx")


def test_a_vast_file_is_refused_unread(tmp_path):
    path = tmp_path / "vast.onnx"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(HwrError, match="100 MB at most"):
        Recognizer.load(path)
