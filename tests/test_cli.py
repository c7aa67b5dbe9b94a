"""python -m hwr: each command on good and bad input, exit statuses, and what it must not load."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image

from hwr.cli import main
from hwr.formats import PAGE_FORMATS
from hwr.synthetic import draw_text

ROOT = Path(__file__).resolve().parent.parent


def hwr(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess:
    """The command line as a person calls it."""
    command = [sys.executable, "-m", "hwr", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=300)


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "314.png"
    Image.fromarray(draw_text("314", seed=5, height=80)).save(path)
    return path


def test_read_prints_the_text(picture):
    result = hwr("read", str(picture), "--charset", "0-9")
    assert result.returncode == 0
    assert result.stdout == "314\n"


def test_read_json_has_boxes(picture, capsys):
    assert main(["read", str(picture), "--format", "json", "--charset", "0-9"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["text"] == "314"
    assert [glyph["char"] for glyph in data["lines"][0]["glyphs"]] == ["3", "1", "4"]
    assert data["width"] == Image.open(picture).width


def test_read_many_never_stops_at_a_bad_one(picture, tmp_path, capsys):
    bad, empty, one, white = (tmp_path / name for name in ("bad.png", "empty.png", "one.png", "white.png"))
    bad.write_text("this is text")
    empty.write_bytes(b"")
    Image.new("L", (1, 1), 255).save(one)
    Image.new("RGB", (300, 200), "white").save(white)
    files = [bad, empty, tmp_path / "missing.png", one, white, picture]
    status = main(["read", *map(str, files), "--format", "jsonl", "--charset", "0-9"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 1
    assert [row["file"] for row in rows] == list(map(str, files))
    assert ["error" in row for row in rows] == [True, True, True, False, False, False]
    assert [row.get("text") for row in rows[3:]] == ["", "", "314"]
    assert all("Traceback" not in row["error"] and len(row["error"]) > 20 for row in rows[:3])


def test_read_tells_the_page_of_documents_and_goes_on_after_a_bad_one(picture, tmp_path, capsys):
    page = Image.open(picture).convert("RGB")
    page.save(tmp_path / "scan.pdf", save_all=True, append_images=[Image.open(picture)])
    page.save(tmp_path / "one.pdf")
    page = Image.open(picture)
    page.save(tmp_path / "fax.tif", save_all=True, append_images=[Image.open(picture), Image.open(picture)])
    content = (tmp_path / "fax.tif").read_bytes()
    (tmp_path / "fax.tif").write_bytes(content[: len(content) * 5 // 6])
    assert main(["read", str(tmp_path), "--format", "jsonl", "--charset", "0-9"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    places = [(Path(row["file"]).name, row.get("page"), row.get("text")) for row in rows]
    assert places == [
        *(("314.png", None, "314"), ("fax.tif", 1, "314"), ("fax.tif", 2, "314"), ("fax.tif", 3, None)),
        *(("one.pdf", None, "314"), ("scan.pdf", 1, "314"), ("scan.pdf", 2, "314")),
    ]
    assert list(rows[3]) == ["file", "page", "error"]
    assert 'fax.tif", page 3, is cut short' in rows[3]["error"]
    assert main(["read", str(tmp_path / "scan.pdf"), "--charset", "0-9"]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'scan.pdf'}, page 1:\n314\n\n")


def test_read_help_names_every_format(capsys):
    with pytest.raises(SystemExit):
        main(["read", "--help"])
    words = re.findall("[a-z]+", capsys.readouterr().out.split("--format FORMAT")[-1])
    assert list(dict.fromkeys(word for word in words if word in PAGE_FORMATS)) == list(PAGE_FORMATS)


def test_read_several_pages_into_one_pdf_and_one_hocr(picture, tmp_path, capsys):
    out = tmp_path / "all.pdf"
    (tmp_path / "bad.png").write_text("words")
    assert main(["read", str(tmp_path), "--format", "pdf", "--output", str(out), "--charset", "0-9"]) == 1
    assert "bad.png" in capsys.readouterr().err
    assert main(["read", str(tmp_path), "--format", "pdf", "--output", str(out), "--charset", "0-9"]) == 1
    assert "all.pdf" not in capsys.readouterr().err
    files = [str(picture), str(out), str(out)]
    assert main(["read", *files, "--format", "pdf", "--output", str(tmp_path / "more.pdf"), "--charset", "0-9"]) == 0
    assert [page.extract_text() for page in pypdf.PdfReader(tmp_path / "more.pdf").pages] == ["314"] * 3
    assert main(["read", *files, "--format", "hocr", "--charset", "0-9"]) == 0
    assert capsys.readouterr().out.count('class="ocr_page"') == 3


@pytest.mark.parametrize("format", ["alto", "png"])
def test_formats_of_one_page_make_one_file_or_a_zip(format, picture, tmp_path, capsys):
    one, several = tmp_path / f"one.{format}", tmp_path / "several.zip"
    read = ["read", "--format", format, "--charset", "0-9", str(picture)]
    assert main([*read, "--output", str(one)]) == 0
    assert one.read_bytes()[:5] in (b"<?xml", b"\x89PNG\r")
    assert main([*read, str(picture), "--output", str(one)]) == 1
    assert "--output NAME.zip" in capsys.readouterr().err
    assert main([*read, str(picture), "--output", str(several)]) == 0
    suffix = PAGE_FORMATS[format].suffix
    with zipfile.ZipFile(several) as bundle:
        assert bundle.testzip() is None
        assert bundle.namelist() == [f"314{suffix}", f"314 (2){suffix}"]
        assert bundle.read(f"314{suffix}") == one.read_bytes()


def test_any_format_can_be_a_zip_with_a_file_for_each_page(picture, tmp_path):
    out = tmp_path / "texts.ZIP"
    Image.open(picture).save(tmp_path / "scan.tif", save_all=True, append_images=[Image.open(picture)])
    assert main(["read", str(tmp_path), "--charset", "0-9", "--output", str(out)]) == 0
    with zipfile.ZipFile(out) as bundle:
        assert {name: bundle.read(name) for name in bundle.namelist()} == dict.fromkeys(
            ("314.txt", "scan-1.txt", "scan-2.txt"), b"314\n"
        )


def test_bytes_go_to_a_pipe_but_not_to_a_terminal(picture, monkeypatch, capsysbinary):
    assert main(["read", str(picture), "--format", "pdf"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"%PDF-")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for more, word in (
        ([str(picture), "--format", "pdf"], b"pdf"),
        ([str(picture)] * 2 + ["--format", "alto"], b"zip"),
    ):
        assert main(["read", *more]) == 1
        told = capsysbinary.readouterr()
        assert told.out == b""
        assert word in told.err
        assert b"--output" in told.err


def test_nothing_is_written_when_nothing_could_be_read(tmp_path, capsys):
    out = tmp_path / "out.pdf"
    out.write_bytes(b"older")
    assert main(["read", str(tmp_path / "missing.png"), "--format", "pdf", "--output", str(out)]) == 1
    assert out.read_bytes() == b"older"


def test_read_a_folder_into_a_file(picture, tmp_path):
    out = tmp_path / "out.csv"
    assert main(["read", str(picture.parent), "--format", "csv", "--output", str(out), "--charset", "0-9"]) == 0
    rows = out.read_text().splitlines()
    assert len(rows) == 4
    assert [row.split(",")[4] for row in rows[1:]] == ["3", "1", "4"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "PICTURE", "--weights", "nothing"], "There are no weights"),
        (["read", "PICTURE", "--format", "docx"], "no format"),
        (["read", "PICTURE", "--layout", "spiral"], "no layout"),
        (["read", "PICTURE", "--charset", "?"], "cannot read any"),
        (["train", "--dataset", "mnits"], "no dataset"),
        (["train", "--model", "mega"], "no network"),
        (["train", "--background", "--output", "x.safetensors"], "--output cannot go with --background"),
        (["train", "--lr", "0"], "--lr must be"),
        (["train", "--dataset", "folder:/nowhere/at/all"], "no folder"),
        (["train", "--resume", "no-such-run"], "no run"),
        (["train", "--init-from", "nothing"], "There are no weights"),
        (["train", "--resume", ""], "no run"),
        (["train", "--resume", "any", "--epochs", "3"], "leave --epochs out"),
        (["train", "--output", "FOLDER"], "it is a folder"),
        (["read", "PICTURE", "--output", "FOLDER"], "it is a folder"),
        (["read", "PICTURE", "--weights", "a" * 400], "There are no weights"),
        (["evaluate", "nothing", "--dataset", "mnist"], "There are no weights"),
        (["evaluate", "mnist-simple", "--dataset", "mnits"], "no dataset"),
    ],
)
def test_bad_input_is_one_sentence_and_status_1(arguments, words, picture, tmp_path, capsys):
    places = {"PICTURE": str(picture), "FOLDER": str(tmp_path)}
    arguments = [places.get(argument, argument) for argument in arguments]
    if arguments[0] == "train":
        arguments += ["--runs-dir", str(tmp_path / "runs"), "--data-dir", str(tmp_path)]
    assert main(arguments) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("hwr: ")
    assert words in last


def test_train_evaluate_and_use(tmp_path, capsys):
    out, runs = tmp_path / "own.safetensors", str(tmp_path / "runs")
    options = ["--dataset", "synthetic", "--classes", "0-3", "--model", "simple", "--epochs", "2", "--limit", "800"]
    assert main(["train", *options, "--batch-size", "32", "--runs-dir", runs, "--output", str(out)]) == 0
    told = capsys.readouterr()
    assert "validation loss" in told.err
    assert "images/s" in told.err
    assert main(["evaluate", str(out), "--dataset", "synthetic", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["weights"] == "own"
    assert {"dataset", "images", "accuracy", "interval", "loss"} <= set(scores)
    assert scores["interval"][0] < scores["accuracy"] <= scores["interval"][1]
    assert main(["evaluate", str(out), "--dataset", "synthetic"]) == 0
    assert "precision" in capsys.readouterr().out
    assert main(["runs", "--runs-dir", runs]) == 0
    assert "finished" in capsys.readouterr().out


def test_ctrl_c_stops_and_saves(tmp_path):
    import signal
    import time

    runs = tmp_path / "runs"
    options = ["--dataset", "synthetic", "--classes", "0-3", "--model", "simple", "--epochs", "400", "--limit", "500"]
    command = [sys.executable, "-m", "hwr", "train", *options, "--batch-size", "32", "--runs-dir", str(runs)]
    trainer = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 200
    while not list(runs.glob("*/best.safetensors")) and time.monotonic() < end:
        time.sleep(0.1)
    trainer.send_signal(signal.SIGINT)
    _, told = trainer.communicate(timeout=200)
    assert trainer.returncode == 0
    assert "--resume" in told
    (run,) = runs.glob("2*")
    assert json.loads((run / "status.json").read_text())["state"] == "stopped"
    assert (run / "state.safetensors").is_file()
    assert (run / "best.safetensors").is_file()


def test_runs_are_shown_named_noted_and_deleted(quick, tmp_path, capsys):
    from hwr import runs

    run, at = runs.create(quick, tmp_path), ["--runs-dir", str(tmp_path)]
    run.log(kind="epoch", epoch=1, loss=1, accuracy=0.5, valid_loss=1, valid_accuracy=0.625, speed=10, seconds=1)
    assert main(["runs", "name", run.name, "wide", *at]) == 0
    assert main(["runs", *at, "note", run.name, "two pens"]) == 0
    capsys.readouterr()
    assert main(["runs", "show", run.name, *at]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("wide", "two pens", "62.50%", "--dataset synthetic", "epoch 1/2"))
    assert main(["runs", *at, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["folder"], row["name"], row["notes"]) == (run.name, "wide", "two pens")
    assert main(["runs", "stop", run.name, *at]) == 1
    assert "nothing to stop" in capsys.readouterr().err
    assert main(["runs", "delete", run.name, *at]) == 0
    assert main(["runs", *at]) == 0
    assert capsys.readouterr().out == ""


def test_train_in_the_background_returns_at_once(tmp_path, monkeypatch, capsys):
    from hwr.runs import control

    commands = []
    monkeypatch.setattr(control, "spawn", lambda command, log: commands.append(command))
    assert main(["train", "--dataset", "synthetic", "--background", "--runs-dir", str(tmp_path)]) == 0
    path = capsys.readouterr().out.strip()
    assert ["train", "--run", path] == commands[0][commands[0].index("train") :][:3]
    assert main(["runs", "--runs-dir", str(tmp_path)]) == 0
    assert " new " in capsys.readouterr().out


@pytest.mark.parametrize("command", ["models", "data", "runs"])
def test_lists(command, tmp_path, capsys):
    extra = ["--runs-dir", str(tmp_path)] if command == "runs" else []
    assert main([command, *extra]) == 0
    text = capsys.readouterr().out
    assert {"models": "residual", "data": "emnist-letters", "runs": ""}[command] in text


def test_lists_as_json(capsys):
    assert main(["models", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"name", "model", "classes", "figures"} <= set(rows[0])


def test_evaluate_on_real_data(data_dir, capsys):
    assert main(["evaluate", "mnist-simple", "--dataset", "mnist", "--json", "--data-dir", str(data_dir)]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["images"] == 10_000
    assert scores["accuracy"] >= 0.99


def test_evaluate_weights_for_lines(capsys):
    assert main(["evaluate", "digit-strings", "--dataset", "synthetic-lines", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["weights"], told["dataset"], told["images"]) == ("digit-strings", "synthetic-lines", 1200)
    assert told["accuracy"] > 0.5
    assert told["cer"] < 0.25
    assert main(["evaluate", "digit-strings", "--dataset", "mnist"]) == 1
    assert "dataset of lines" in capsys.readouterr().err


def test_read_takes_a_list_of_words(picture, tmp_path, capsys):
    words = tmp_path / "words.txt"
    words.write_text("three\nhwr\n")
    assert main(["read", str(picture), "--charset", "0-9", "--words", str(words)]) == 0
    digits = capsys.readouterr().out
    assert main(["read", str(picture), "--charset", "0-9"]) == 0
    assert capsys.readouterr().out == digits
    assert main(["read", str(picture), "--words", "Klingon"]) == 1
    assert "no list of words" in capsys.readouterr().err


def test_import_is_light():
    code = "import sys, hwr, hwr.runs, hwr.config; print(sorted({'torch', 'streamlit'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "[]"


def test_read_needs_no_torchvision_and_no_sklearn(picture):
    code = (
        "import sys; from hwr.cli import main; "
        f"main(['read', {str(picture)!r}]); "
        "print(sorted({'torchvision', 'sklearn', 'streamlit', 'plotly'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_grey_noise_array_reads_without_a_fall(tmp_path, capsys):
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 300), dtype=np.uint8)).save(path)
    assert main(["read", str(path)]) == 0


def test_odd_names_and_empty_folders_stop_nothing(picture, tmp_path, capsys):
    odd = tmp_path / "odd\udcff\n*.png"
    odd.write_bytes(picture.read_bytes())
    (tmp_path / "none").mkdir()
    (tmp_path / "folder.png").mkdir()
    files = ["a" * 400 + ".png", str(tmp_path / "none"), str(odd)]
    out = tmp_path / "out.jsonl"
    assert main(["read", *files, "--format", "jsonl", "--charset", "0-9", "--output", str(out)]) == 1
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["file"] for row in rows] == files
    assert ["error" in row for row in rows] == [True, True, False]
    assert "no picture in the folder" in rows[1]["error"]
    odd.unlink()
    assert main(["read", str(tmp_path), "--charset", "0-9"]) == 0
    assert "folder.png" not in capsys.readouterr().out


@pytest.mark.parametrize("format", ["txt", "jsonl", "hocr"])
def test_what_was_read_before_ctrl_c_is_written(format, picture, tmp_path, monkeypatch, capsys):
    from hwr.recognize import Recognizer

    read, out = Recognizer.read, tmp_path / "out"
    Image.new("L", (50, 40), 255).save(tmp_path / "second.png")

    def interrupted(self, pixels, **options):
        if pixels.shape == (40, 50):
            raise KeyboardInterrupt
        return read(self, pixels, **options)

    monkeypatch.setattr(Recognizer, "read", interrupted)
    files = [str(picture), str(tmp_path / "second.png"), str(picture)]
    assert main(["read", *files, "--format", format, "--charset", "0-9", "--output", str(out)]) == 130
    written = out.read_text()
    assert written.count("314.png") <= 1  # the third was not read
    assert "314" in re.sub("<[^>]*>|\\s", "", written).replace("314.png", "")
    assert "Traceback" not in capsys.readouterr().err


def test_output_on_a_full_disk_is_a_sentence():
    command = [sys.executable, "-m", "hwr", "data"]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert result.returncode == 1
    assert "No space left on device" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_reader_that_leaves_early_is_no_error_to_tell():
    code = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'hwr', 'data'], stdout=-1, stderr=-1); "
    code += "p.stdout.close(); print(p.wait(), p.stderr.read())"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "1 b''"


def test_a_broken_run_hides_no_other(quick, tmp_path, capsys):
    from hwr import runs

    bad, good = runs.create(quick, tmp_path), runs.create(quick, tmp_path)
    (bad.path / "status.json").write_text("{")
    (good.path / "metrics.jsonl").write_text('{\n{"valid_accuracy": 0.5}\n')
    assert main(["runs", "--runs-dir", str(tmp_path)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2
    assert "best validation 50.00%" in next(line for line in told if line.startswith(good.name + " "))
    assert main(["runs", "--json", "--runs-dir", str(tmp_path)]) == 1
    assert ["error" in json.loads(line) for line in capsys.readouterr().out.splitlines()].count(True) == 1


def test_a_training_that_falls_says_why_in_its_status(tmp_path, monkeypatch):
    import hwr.train

    def fall(*arguments, **options):
        raise RuntimeError("an accident")

    monkeypatch.setattr(hwr.train, "train", fall)
    with pytest.raises(RuntimeError):
        main(["train", "--dataset", "synthetic", "--runs-dir", str(tmp_path)])
    (run,) = tmp_path.glob("2*")
    status = json.loads((run / "status.json").read_text())
    assert status["state"] == "failed"
    assert "an accident" in status["error"]
