"""A run's event file, read back by TensorBoard's own reader."""

import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator

from hwr import cli, runs
from hwr.errors import HwrError
from hwr.tensorboard import events, export


@pytest.fixture
def logged(run: runs.Run) -> runs.Run:
    for step in range(1, 41):
        values = {"loss": 2 / step, "accuracy": step / 50, "lr": 0.003, "speed": 900.0}
        run.log(kind="step", epoch=1, step=step, **values)
    recall = {"7": 0.5, "a": 1.0}
    run.log(kind="epoch", epoch=1, step=40, valid_loss=0.1, valid_accuracy=0.9, recall=recall, loss=0.2)
    run.log(kind="end", step=40, figures={"synthetic test": {"accuracy": 0.875, "loss": 0.25, "images": 8}})
    return run


def read(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder), size_guidance={TENSORS: 0}).Reload()


def test_curves_come_back_as_they_were_logged(logged):
    path = export(logged)
    assert path.parent == logged.path / "tensorboard"
    found = read(path.parent)
    rows = [row for row in logged.metrics() if row["kind"] == "step"]
    loss = found.Scalars("loss/train")
    assert [event.step for event in loss] == [row["step"] for row in rows]
    assert [event.value for event in loss] == pytest.approx([row["loss"] for row in rows])
    assert [event.wall_time for event in loss] == pytest.approx([row["time"] for row in rows])
    single = {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}
    assert single["learning rate"][0] == (1, pytest.approx(0.003))
    assert single["images a second"][-1] == (40, 900.0)
    assert single["accuracy/validation"] == [(40, pytest.approx(0.9))]
    assert single["recall/7"] == [(40, 0.5)]
    assert single["accuracy/synthetic test"] == [(40, 0.875)]
    assert "accuracy/train" in single
    text = found.Tensors("settings")[0].tensor_proto.string_val[0].decode()
    assert text == f"`{logged.config().command()}`"


def test_a_later_export_replaces_the_earlier(logged, tmp_path):
    export(logged, tmp_path / "board")
    logged.log(kind="step", epoch=2, step=41, loss=0.01)
    export(logged, tmp_path / "board")
    assert [event.step for event in read(tmp_path / "board").Scalars("loss/train")] == list(range(1, 42))
    assert len(list((tmp_path / "board").iterdir())) == 1


def test_a_run_that_logged_nothing_or_oddly_has_an_event_file_too(run):
    assert events(run)
    run.log(kind="step", step="three", loss=float("nan"), lr="high", accuracy=0.5)
    run.log(kind="end", figures=3)
    assert [event.value for event in read(export(run).parent).Scalars("accuracy/train")] == [0.5]


def test_from_the_command_line(logged, capsys, tmp_path):
    place = ["--runs-dir", str(logged.path.parent)]
    assert cli.main(["runs", "tensorboard", logged.name, "--output", str(tmp_path / "board"), *place]) == 0
    told = capsys.readouterr()
    assert Path(told.out.strip()).is_file()
    assert "tensorboard --logdir" in told.err


def test_without_the_package_it_says_how_to_get_it(logged, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(HwrError, match="pip install tensorboard"):
        export(logged)
    assert not (logged.path / "tensorboard").exists()
