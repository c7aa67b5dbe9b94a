"""Models that somebody brings: checkpoints and ONNX files of ours are read with, anything else gets a sentence."""

import contextlib
import io
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from hwr import checkpoint, engines
from hwr.drawing import page_png
from hwr.errors import HwrError
from hwr.models import build
from hwr.onnx_file import LARGEST
from hwr.uploads import KEPT, recognizer_from, take_in

ROOT = Path(__file__).resolve().parent.parent


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
def test_anything_else_gets_a_sentence(content, sentence, tmp_path):
    with pytest.raises(HwrError, match=sentence) as raised:
        recognizer_from(content, "folder/thing.pt")
    assert "folder" not in str(raised.value)
    with pytest.raises(HwrError, match=sentence):
        take_in("folder/thing.pt", content)
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_models_cut_short_get_a_sentence(share, safe, onnx):
    for content in (safe, onnx):
        with pytest.raises(HwrError, match=r"cut short|not a readable|not go|no network"):
            recognizer_from(content[: int(share * len(content))], "own")
        with contextlib.suppress(HwrError):  # what is whole in its header is found out when it is loaded
            path = take_in("own", content[: int(share * len(content))])
            with pytest.raises(HwrError):
                recognizer_from(path)


def test_a_vast_one_is_refused_unread(tmp_path):
    path = tmp_path / "vast.safetensors"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(HwrError, match="at most"):
        recognizer_from(path)


def written(**facts: object) -> bytes:
    """A checkpoint of a small network that says something else of itself."""
    known = {"model": "simple", "classes": "0123456789", "framing": "mnist", "dataset": "none", "figures": {}} | facts
    tensors = {name: value.contiguous() for name, value in build("simple", 10).state_dict().items()}
    return save(tensors, {"hwr": json.dumps(known)})


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"classes": "01"}, "last layer has 10"),
        ({"classes": "01\ud800345678"}, "no characters"),
        ({"reject": {"threshold": 0.5}}, "last layer has 10"),
        ({"framing": "strip"}, "does not fit its network"),
        ({"model": "line", "framing": "mnist"}, "does not fit its network"),
        ({"framing": "../../etc"}, "unknown framing"),
        ({"format": 99}, "newer hwr"),
        ({"model": "__import__('os')"}, "no network"),
    ],
)
def test_a_checkpoint_that_says_what_cannot_be_is_a_sentence(facts, sentence, tmp_path):
    content = written(**facts)
    with pytest.raises(HwrError, match=sentence):
        recognizer_from(content, "own.safetensors")
    with pytest.raises(HwrError, match=sentence):
        recognizer_from(take_in("own.safetensors", content))
    assert not list((tmp_path / "cache").rglob("*.safetensors")) or facts.get("model", "").startswith("__")


def test_what_is_taken_in_is_kept_under_a_plain_name(safe, onnx, tmp_path):
    for name, content, kept in (
        ("../../my net!.bin", safe, "my-net.safetensors"),
        ("net.pt", onnx, "net.onnx"),
        ("...", safe, "model.safetensors"),
        ("-/\0", safe, "upload.safetensors"),
    ):
        path = take_in(name, content)
        assert path.name == kept
        assert path.read_bytes() == content
        assert (tmp_path / "cache" / "uploads") in path.parents
        assert take_in(name, content) == path
    assert recognizer_from(path).classes == "0123456789"


def test_only_the_last_uploads_are_kept(tmp_path):
    for place in range(KEPT + 3):
        last = take_in("own", written(note=place))
    assert len(list((tmp_path / "cache" / "uploads").iterdir())) == KEPT
    assert last.is_file()


def test_a_model_for_lines_is_taken_where_lines_are_read(tmp_path):
    content = checkpoint.find("digit-strings").read_bytes()
    assert recognizer_from(take_in("strings", content)).lines() is not None
    with pytest.raises(HwrError, match="reads whole lines"):
        take_in("strings", content, lines=False)
    assert not list((tmp_path / "cache").rglob("*.safetensors"))


def test_to_take_in_loads_no_torch(safe, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(safe)
    code = (
        "import sys; from pathlib import Path; from hwr.uploads import take_in\n"
        f"take_in('a', Path({str(path)!r}).read_bytes()); print('torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stdout.strip() == "False", told.stderr
