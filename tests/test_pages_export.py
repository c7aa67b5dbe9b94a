"""Exports from the pages through AppTest: made, compared, shown, offered; the reason where one is not."""

import pytest

from hwr.errors import HwrError
from hwr.export import MODEL_FORMATS, make
from hwr.export.check import Comparison, Side
from tests.test_pages import checked, pen, visit  # noqa: F401  (a fixture)
from tests.test_pages_compare import compared, pictures, places  # noqa: F401  (fixtures)
from ui.exporting import QUICK


@pytest.fixture
def exporting(monkeypatch):
    """The export, replaced by what it would give; `asked` are its arguments."""
    asked = []

    def export(weights, format, *, dataset, limit, tell):
        asked.append((weights.stem, format, dataset))
        tell("making it", 0.0)
        tell("reading", 0.5)
        if format == "tflite":
            raise HwrError("TensorFlow Lite needs litert-torch.")
        sides = [Side(name, 0.99, 2_000_000, 1.5, 40.0) for name in ("checkpoint", format)]
        found = Comparison("mnist", 10_000, 1e-6, 1.0, *sides)
        return make.Export(format, f"{weights.stem}{MODEL_FORMATS[format].ending}", b"content", found)

    monkeypatch.setattr(make, "export", export)
    return asked


def test_a_model_is_exported_from_draw(pen, exporting):  # noqa: F811
    app = visit("draw")
    assert app.selectbox(key="draw_export_format").options == [form.title for form in MODEL_FORMATS.values()]
    app.selectbox(key="draw_export_format").set_value("onnx-int8")
    app.selectbox(key="draw_model").set_value("digits")
    checked(app.run())
    checked(app.button(key="draw_export_make").click().run())
    assert exporting == [("digits", "onnx-int8", "")]
    assert list(app.dataframe[0].value["Accuracy"]) == [99, 99]
    assert any("100.00% of the same answers on 10,000 pictures" in told.value.replace("\\", "") for told in app.caption)
    assert [button.label for button in app.get("download_button")] == ["Download digits\\-int8\\.onnx"]
    app.selectbox(key="draw_export_format").set_value("onnx")
    checked(app.run())
    assert not app.get("download_button"), "what was made for another format is not offered"


def test_an_export_that_cannot_be_is_a_sentence(pen, exporting):  # noqa: F811
    app = visit("draw")
    app.selectbox(key="draw_export_format").set_value("tflite")
    checked(app.run())
    checked(app.button(key="draw_export_make").click().run())
    assert "litert" in app.error[0].value
    assert not app.get("download_button")


def test_models_for_lines_are_not_offered(pen):  # noqa: F811
    app = visit("draw")
    app.selectbox(key="draw_model").set_value("lines")
    checked(app.run())
    assert not [box for box in app.selectbox if box.key == "draw_export_format"]


def test_a_model_of_a_comparison_is_exported(pictures, exporting):  # noqa: F811
    app = compared(pictures, "digits", "mnist-simple")
    assert app.selectbox(key="compare_export_model").options == ["digits", "mnist-simple"]
    checked(app.selectbox(key="compare_export_model").set_value("mnist-simple").run())
    checked(app.button(key="compare_export_make").click().run())
    assert exporting == [("mnist-simple", "onnx", "")]
    assert "Download mnist\\-simple\\.onnx" in [button.label for button in app.get("download_button")]
    checked(app.selectbox(key="compare_export_model").set_value("digits").run())
    assert not [button for button in app.get("download_button") if button.label.startswith("Download")]


def test_the_page_and_the_exporter_know_the_same_count():
    assert QUICK == make.QUICK
