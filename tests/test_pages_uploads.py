"""Models that a visitor brings to Draw and Read, through AppTest."""

import pytest

from hwr import checkpoint, drawing, engines
from tests.test_pages import checked, pen, visit  # noqa: F401  (a fixture)
from tests.test_pages_read import settle, shown

pytestmark = pytest.mark.skipif(
    not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"
)


@pytest.fixture(scope="module")
def onnx() -> bytes:
    return engines.to_onnx(*checkpoint.load(checkpoint.find("digits")))


def uploader(app):
    return next(each for each in app.file_uploader if each.label.startswith("A .safetensors checkpoint"))


def brought(app, name: str, content: bytes):
    uploader(app).upload(name, content)
    return checked(app.run())


def test_draw_reads_with_a_model_that_was_brought(pen, onnx):  # noqa: F811
    app = visit("draw")
    brought(app, "my net.onnx", onnx)
    assert app.selectbox(key="draw_model").value == "my-net"
    assert "my-net (10 classes)" in app.selectbox(key="draw_model").options
    pen.write("7")
    checked(app.run())
    assert app.title[0].value == "7"
    assert not app.error
    brought(app, "my net.bin", checkpoint.find("mnist-simple").read_bytes())
    assert app.selectbox(key="draw_model").value == "my-net (2)"
    assert app.title[0].value == "7"


def test_a_model_of_the_session_is_on_read_too(pen, onnx):  # noqa: F811
    app = visit("draw")
    brought(app, "own.onnx", onnx)
    app.switch_page("pages/read.py")
    checked(app.run())
    checked(app.selectbox(key="read_model").set_value("own").run())
    pictures = next(each for each in app.file_uploader if each is not uploader(app) and "heckpoint" not in each.label)
    pictures.upload("a.png", drawing.page_png("314"))
    settle(app)
    assert shown(app).history.page.text == "314"


@pytest.mark.parametrize("name", ["draw", "read"])
def test_what_is_no_model_is_a_sentence(name, pen, tmp_path):  # noqa: F811
    app = visit(name)
    brought(app, "net.pt", b"\x80\x04K\x01.")
    assert "is a pickle" in app.error[0].value
    assert app.selectbox(key=f"{name}_model").value == "Automatic"
    assert not checked(app.run()).error
    assert not list((tmp_path / "cache").rglob("*.*"))


def test_a_model_that_is_gone_is_no_choice_any_more(pen, onnx):  # noqa: F811
    app = visit("draw")
    brought(app, "own.onnx", onnx)
    app.session_state["uploads"]["own"].unlink()
    pen.write("7")
    checked(app.run())
    assert app.selectbox(key="draw_model").value == "Automatic"
    assert app.title[0].value == "7"


def test_an_onnx_file_is_explained_as_far_as_it_can_be(pen, onnx):  # noqa: F811
    app = visit("draw", draw_why=True)
    brought(app, "own.onnx", onnx)
    pen.write("7")
    checked(app.run())
    assert "neither gradients nor layers" in app.error[0].value
    app.session_state["draw_why_view"] = "What would change it"
    checked(app.run())
    assert not app.error
    checked(app.button(key="draw_why_find").click().run())
    assert [item for item in app.markdown if "becomes" in item.value]
