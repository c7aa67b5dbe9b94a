"""Networks as files for other programs: every format reads as the network does, and what does not is not given out."""

import importlib.util
import io
import json
import zipfile

import numpy as np
import pytest
import torch

from hwr import Recognizer, checkpoint, unipen
from hwr.cli import main
from hwr.data import Source, load
from hwr.drawing import page_png
from hwr.errors import HwrError
from hwr.export import MODEL_FORMATS, check, make, onnx_float, program, tflite
from hwr.export.check import Candidate, Comparison, Runs, Side
from hwr.export.make import export
from hwr.models import MODELS, build, logits

HERE = [name for name in MODEL_FORMATS if name != "tflite"]


@pytest.fixture(scope="module")
def glyphs(tmp_path_factory) -> np.ndarray:
    folder = tmp_path_factory.mktemp("none")
    return load("synthetic", Source("test", folder, "mnist", classes="0123456789", limit=300)).images


def made_of_digits(format: str, folder, **how):
    return export("digits", format, dataset="synthetic", folder=folder, limit=400, **how)


def side(accuracy: float) -> Side:
    return Side("x", accuracy, 1, 1.0, 1.0)


@pytest.mark.parametrize("format", HERE)
def test_each_format_reads_as_the_network_does(format, tmp_path):
    heard = []
    made = made_of_digits(format, tmp_path, tell=lambda what, share: heard.append((what, share)))
    found = made.comparison
    assert made.name == "digits" + MODEL_FORMATS[format].ending
    assert (found.images, found.dataset) == (400, "synthetic")
    assert found.same >= (0.98 if format == "onnx-int8" else 1)
    assert found.difference < (0.5 if format == "onnx-int8" else 1e-4)
    assert abs(found.lost) <= 0.005
    assert found.export.bytes == len(made.content) < (0.34 if format == "onnx-int8" else 1.1) * found.torch.bytes
    assert found.torch.glyph_ms > 0 < found.export.batch_ms
    assert any(what == f"{format} reads synthetic" for what, _ in heard)
    assert json.loads(json.dumps(found.to_dict()))["export"]["name"] == format
    assert format in found.table()


@pytest.mark.parametrize("format", ["onnx", "onnx-int8"])
def test_an_exported_onnx_file_is_read_with(format, tmp_path):
    made = made_of_digits(format, tmp_path)
    (tmp_path / made.name).write_bytes(made.content)
    recognizer = Recognizer.load(tmp_path / made.name)
    assert recognizer.read(page_png("2718")).text == "2718"
    assert recognizer.metadata["export"]["format"] == format
    assert (recognizer.metadata["export"].get("calibrated") is not None) == (format == "onnx-int8")


@pytest.mark.parametrize("format", HERE)
@pytest.mark.parametrize("name", MODELS)
def test_every_network_can_be_exported(name, format, glyphs):
    torch.manual_seed(1)
    info = {"model": name, "classes": "0123456789", "framing": "mnist", "reject": {}}
    model, form = build(name, 11).eval(), MODEL_FORMATS[format]
    network = form.open(form.make(model, info, glyphs[:100]), "x")
    atol = 0.1 if format == "onnx-int8" else 1e-5
    for count in (1, 30):
        assert np.allclose(logits(network, glyphs[:count]), logits(model, glyphs[:count]), atol=atol)


def test_a_program_says_what_it_is(tmp_path):
    content = made_of_digits("torch", tmp_path).content
    facts = {program.FACTS: ""}
    torch.export.load(io.BytesIO(content), extra_files=facts)
    assert json.loads(facts[program.FACTS])["classes"] == "0123456789"


def test_tflite_reads_as_the_network_does_or_says_what_it_needs(tmp_path):
    if importlib.util.find_spec("litert_torch") is None:
        with pytest.raises(HwrError, match=r"pip install -r requirements-tflite\.txt$"):
            made_of_digits("tflite", tmp_path)
        return
    made = made_of_digits("tflite", tmp_path)
    assert made.comparison.same == 1
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert json.loads(archive.read(tflite.FACTS))["classes"] == "0123456789"


@pytest.mark.parametrize(
    ("same", "accuracy", "difference", "most_lost", "sentence"),
    [
        (1.0, 0.99, 1e-6, None, ""),
        (0.9998, 0.99, 1e-6, None, "99.98% of the same answers"),
        (0.9, 0.986, 0.5, 0.005, ""),
        (0.9, 0.984, 0.5, 0.005, "loses 0.60 points of accuracy"),
        (1.0, 0.99, float("inf"), None, "no numbers"),
        (1.0, 0.99, float("nan"), 0.005, "no numbers"),
    ],
)
def test_what_is_good_enough(same, accuracy, difference, most_lost, sentence):
    found = Comparison("mnist", 10_000, difference, same, side(0.99), side(accuracy))
    problem = found.problem(most_lost)
    assert sentence in problem
    assert bool(problem) == bool(sentence)


@pytest.mark.parametrize("wrong", [torch.flip, lambda values, _: values * torch.nan])
def test_an_export_that_disagrees_is_not_given_out(wrong, tmp_path, monkeypatch, capsys):
    opened = onnx_float.opened
    monkeypatch.setattr(
        onnx_float, "opened", lambda content, name: Runs(lambda x: wrong(opened(content, name)(x), [1]))
    )
    with pytest.raises(HwrError, match=r"It is not given out\.$"):
        made_of_digits("onnx", tmp_path)
    output = tmp_path / "x.onnx"
    assert main(["export", "mnist-simple", "--dataset", "synthetic", "--output", str(output)]) == 1
    assert "not given out" in capsys.readouterr().err
    assert not output.exists()


def test_an_export_that_does_not_run_is_a_sentence(glyphs, tmp_path):
    def fail(pictures):
        raise RuntimeError("sizes do not fit\nat line 3")

    model, info = checkpoint.load(checkpoint.find("digits"))
    data = load("synthetic", Source("test", tmp_path, "mnist", classes="0123456789", limit=20))
    with pytest.raises(HwrError, match=r"as x does not run: sizes do not fit$"):
        check.compare(Candidate("checkpoint", model, 1), Candidate("x", Runs(fail), 1), info, data, lambda *_: None)


def test_what_cannot_be_exported_is_a_sentence(tmp_path):
    with pytest.raises(HwrError, match="choose one of onnx, onnx-int8, torch, tflite"):
        made_of_digits("coreml", tmp_path)
    with pytest.raises(HwrError, match="Networks for lines"):
        export("lines", "onnx", folder=tmp_path)
    with pytest.raises(HwrError, match="There are no weights"):
        export("nothing", "onnx", folder=tmp_path)
    with pytest.raises(HwrError, match='no dataset "nothing"'):
        export("digits", "onnx", dataset="nothing", folder=tmp_path)


def test_without_data_it_is_compared_on_drawn_pictures(tmp_path):
    found = export("mnist-simple", "onnx", folder=tmp_path, limit=100).comparison
    assert (found.dataset, found.images, found.seeded) == ("synthetic", 100, True)
    assert "on 100 pictures of synthetic, a seeded part" in found.table()


@pytest.mark.data
def test_with_data_it_is_compared_where_the_weights_were_scored(data_dir):
    quick = export("mnist-simple", "onnx", folder=data_dir).comparison
    assert (quick.dataset, quick.images, quick.same, quick.seeded) == ("mnist", make.QUICK, 1, True)
    found = export("mnist-simple", "onnx", folder=data_dir, dataset="mnist").comparison
    info = checkpoint.read_info(checkpoint.find("mnist-simple"))
    assert (found.dataset, found.images, found.same, found.seeded) == ("mnist", 10_000, 1, False)
    assert found.torch.accuracy == info["figures"]["mnist test"]["accuracy"]


@pytest.mark.data
def test_pen_strokes_are_not_all_rendered_to_export(data_dir, monkeypatch):
    rendered = []
    usual = unipen._glyphs
    monkeypatch.setattr(unipen, "_glyphs", lambda *given: rendered.append(1) or usual(*given))
    found = export("characters", "onnx", folder=data_dir, limit=200).comparison
    assert (found.dataset, found.images, found.seeded) == ("unipen", 200, True)
    assert len(rendered) == 200


@pytest.mark.data
def test_eight_bits_lose_little(data_dir):
    found = export("mnist", "onnx-int8", folder=data_dir, limit=3000).comparison
    assert found.lost <= 0.001
    assert found.export.bytes < found.torch.bytes / 3


def test_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["export", "mnist-simple", "--dataset", "synthetic", "--data-dir", str(tmp_path)]
    assert main([*command, "--format", "onnx"]) == 0
    assert capsys.readouterr().out.endswith("mnist-simple.onnx\n")
    assert main(["evaluate", "mnist-simple.onnx", "--dataset", "synthetic", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 4000
    assert main([*command, "--format", "onnx", "--output", "deep/own.onnx", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["same"]) == ("deep/own.onnx", 1)
    assert (tmp_path / "deep" / "own.onnx").is_file()
    (tmp_path / "a.png").write_bytes(page_png("27"))
    assert main(["read", "a.png", "--weights", "mnist-simple.onnx"]) == 0
    assert capsys.readouterr().out.strip() == "27"
    assert main(["read", "a.png", "--weights", "mnist-simple", "--engine", "onnx"]) == 0
    assert capsys.readouterr().out.strip() == "27"
    assert main(["read", "a.png", "--engine", "fast"]) == 1
    assert "torch, onnx" in capsys.readouterr().err


@pytest.mark.parametrize("output", [".", "file/below"])
def test_an_output_that_cannot_be_is_a_sentence(output, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(make, "export", lambda *_, **__: pytest.fail("there was work before the output was looked at"))
    assert main(["export", "mnist-simple", "--dataset", "synthetic", "--output", output]) == 1
    assert "Cannot save" in capsys.readouterr().err
