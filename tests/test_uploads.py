"""Models that somebody brings: checkpoints and ONNX files of ours are read with, anything else gets a sentence."""

import io
import json
import pickle
import zipfile

import pytest
import torch

from hwr import checkpoint, engines
from hwr.drawing import page_png
from hwr.errors import HwrError
from hwr.onnx_file import LARGEST
from hwr.uploads import recognizer_from


class Mine:
    """What would tell that it was unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


@pytest.fixture(scope="module")
def safe() -> bytes:
    return checkpoint.find("digits").read_bytes()


@pytest.fixture(scope="module")
def onnx() -> bytes:
    return engines.to_onnx(*checkpoint.load(checkpoint.find("digits")))


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("model.safetensors", b"x")
    return file.getvalue()


def saved(**how) -> bytes:
    file = io.BytesIO()
    torch.save(Mine(), file, **how)
    return file.getvalue()


def with_classes(count: int) -> bytes:
    facts = {"model": "simple", "classes": "".join(map(chr, range(0x100, 0x100 + count))), "framing": "mnist"}
    header = json.dumps({"__metadata__": {"hwr": json.dumps(facts)}}).encode()
    return len(header).to_bytes(8, "little") + header


@pytest.mark.parametrize("name", ["own.safetensors", "own.onnx", "own.bin", "../../own", "...", "a" * 500, "é/\0"])
def test_models_of_ours_are_read_with_whatever_they_are_called(name, safe, onnx):
    for content in (safe, onnx):
        assert recognizer_from(content, name).read(page_png("27")).text == "27"


def test_a_path_will_do(tmp_path, onnx):
    path = tmp_path / "own.onnx"
    path.write_bytes(onnx)
    assert recognizer_from(path).name == "own"
    assert recognizer_from(checkpoint.find("digits"), engine="onnx").name == "digits"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"hello world, this is text", "is no model of hwr"),
        (saved(), "is an archive"),
        (saved(_use_new_zipfile_serialization=False), "is a pickle"),
        (pickle.dumps(Mine()), "is a pickle"),
        (pickle.dumps({"a": 1}, protocol=0), "is no model of hwr"),
        (archive(), "is an archive"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "is a Keras or HDF5 file"),
        (b"\x10\0\0\0\0\0\0\0{}              ", "not a checkpoint of hwr|not a readable checkpoint"),
        (b"\x10\0\0\0\0\0\0\0{{{{{{{{{{{{{{{{", "header is broken"),
        (b"\x10\0\0\0\0\0\0\x7f{" + bytes(100), "is cut short"),
        (with_classes(30_000), "more than 20,000 classes"),
        (b"\x08\x07\x12\x03abc", "not a readable ONNX file"),
    ],
)
def test_anything_else_gets_a_sentence(content, sentence):
    with pytest.raises(HwrError, match=sentence) as raised:
        recognizer_from(content, "folder/thing.pt")
    assert "folder" not in str(raised.value)


@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_models_cut_short_get_a_sentence(share, safe, onnx):
    for content in (safe, onnx):
        with pytest.raises(HwrError, match=r"cut short|not a readable|not go|no network"):
            recognizer_from(content[: int(share * len(content))], "own")


def test_a_vast_one_is_refused_unread(tmp_path):
    path = tmp_path / "vast.safetensors"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(HwrError, match="at most"):
        recognizer_from(path)
