"""curves.py: metrics are read as they grow and again when they were replaced; smoothing and thinning keep what matters."""

import csv
import io
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from hwr import curves, runs
from hwr.curves import Reader, Shelf, Table, smooth, thin, to_csv, x_values
from hwr.errors import HwrError


def log_steps(run, steps, **values):
    for step in steps:
        run.log(kind="step", **{"step": step, "epoch": 1, "loss": 1 / step, "seconds": step * 6, **values})


def log_epoch(run, epoch, loss=0.5, **values):
    run.log(kind="epoch", epoch=epoch, step=10 * epoch, valid_loss=loss, valid_accuracy=0.9, **values)


def test_only_what_was_added_is_read(run, monkeypatch):
    reader = Reader(run.path)
    assert len(reader.read().steps) == 0
    log_steps(run, range(1, 101))
    assert reader.read().steps["step"].tolist() == list(range(1, 101))
    taken = []
    monkeypatch.setattr(curves, "metrics_row", lambda line: taken.append(line) or runs.folder.metrics_row(line))
    log_steps(run, [101])
    assert reader.read().steps["step"][-1] == 101
    assert len([line for line in taken if line]) == 1


def test_nothing_new_is_the_same_version(run):
    reader = Reader(run.path)
    log_steps(run, [1])
    first = reader.read().version
    assert reader.read().version == first
    log_steps(run, [2])
    assert reader.read().version != first


def test_half_a_line_waits_for_its_end(run):
    reader = Reader(run.path)
    log_steps(run, [1])
    path = run.path / "metrics.jsonl"
    with open(path, "a") as file:
        file.write('{"kind": "step", "st')
    assert reader.read().steps["step"].tolist() == [1]
    with open(path, "a") as file:
        file.write('ep": 2}\n')
    assert reader.read().steps["step"].tolist() == [1, 2]


def test_lines_longer_than_a_block_are_whole(run, monkeypatch):
    monkeypatch.setattr(curves, "CHUNK", 50)
    log_steps(run, range(1, 30))
    reader = Reader(run.path)
    assert reader.read().steps["step"].tolist() == list(range(1, 30))
    log_steps(run, [30], text="é" * 70)
    assert reader.read().steps["step"].tolist() == list(range(1, 31))


@pytest.mark.parametrize("more", [0, 3, 50])
def test_a_rewound_run_is_read_again(run, more):
    reader = Reader(run.path)
    log_steps(run, range(1, 21))
    log_epoch(run, 1)
    reader.read()
    run.rewind(step=10, epoch=0)
    log_steps(run, range(11, 11 + more))
    found = reader.read()
    assert found.steps["step"].tolist() == list(range(1, 11 + more))
    assert len(found.epochs) == len(found.recalls) == 0


def test_a_file_rewritten_in_place_is_read_again(run):
    reader = Reader(run.path)
    log_steps(run, range(1, 6))
    reader.read()
    path = run.path / "metrics.jsonl"
    inode = path.stat().st_ino
    with open(path, "r+") as file:
        file.truncate()
        file.writelines(json.dumps({"kind": "step", "step": step, "note": "x" * 200}) + "\n" for step in range(50, 60))
    assert path.stat().st_ino == inode
    assert reader.read().steps["step"].tolist() == list(range(50, 60))


def test_a_deleted_run_has_no_history(run):
    reader = Reader(run.path)
    log_steps(run, [1])
    reader.read()
    (run.path / "metrics.jsonl").unlink()
    assert len(reader.read().steps) == 0


def test_a_history_once_given_does_not_change(run):
    reader = Reader(run.path)
    log_steps(run, range(1, 64))
    log_epoch(run, 1, recall={"a": 1.0})
    early = reader.read()
    log_steps(run, range(64, 300))
    log_epoch(run, 2, recall={"a": 0.5})
    late = reader.read()
    assert len(early.steps["loss"]) == len(early.steps["step"]) == 63
    assert early.recall()[2].shape == (1, 1)
    assert len(late.steps) == 299


def test_many_threads_see_whole_rows(run):
    reader, odd = Reader(run.path), []

    def look():
        for _ in range(200):
            steps = reader.read().steps
            if not np.array_equal(steps["seconds"], steps["step"] * 6):
                odd.append(steps)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    log_steps(run, range(1, 400))
    for thread in threads:
        thread.join()
    assert odd == []
    assert len(reader.read().steps) == 399


def test_broken_rows_and_values_are_nan_or_left_out(run):
    lines = [
        '{"kind": "step", "step": 1, "loss": "high", "lr": null, "speed": 1e999}',
        "{broken",
        '{"kind": "epoch", "epoch": 1, "valid_loss": NaN, "recall": {"ab": 1}}',
        '{"kind": "epoch", "epoch": 2, "valid_loss": 0.5, "recall": [1]}',
        '{"kind": "step", "step": %s}' % ("9" * 400),
        "\x00",
    ]
    (run.path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    found = Reader(run.path).read()
    assert len(found.steps) == 2
    assert np.isnan(found.steps["loss"]).all()
    assert found.best() == 1
    assert found.recall()[0] == ""


def test_a_metrics_file_that_is_a_folder_is_a_sentence(run):
    (run.path / "metrics.jsonl").mkdir()
    with pytest.raises(HwrError, match=f"Cannot read.*{run.name}"):
        Reader(run.path).read()


def test_the_best_epoch_is_the_first_of_the_least_loss(run):
    assert Reader(run.path).read().best() is None
    for epoch, loss in enumerate([0.5, 0.2, 0.2, 0.3], 1):
        log_epoch(run, epoch, loss)
    assert Reader(run.path).read().best() == 1


def test_recall_by_class_and_epoch(run):
    log_epoch(run, 1, recall={"b": 0.5})
    log_epoch(run, 2, recall={"a": 1.0, "b": 0.75})
    classes, epochs, shares = Reader(run.path).read().recall()
    assert classes == "ab"
    assert epochs.tolist() == [1, 2]
    assert np.array_equal(shares, [[np.nan, 1.0], [0.5, 0.75]], equal_nan=True)


def test_short_runs_draw_their_epochs(run):
    log_steps(run, [5])
    assert len(Reader(run.path).read().training()) == 1
    log_epoch(run, 1)
    log_epoch(run, 2)
    assert len(Reader(run.path).read().training()) == 2


def test_axes():
    table = Table(curves.STEP)
    table.add({"step": 50, "epoch": 1, "seconds": 90})
    found = {axis: x_values(table, axis, 100).item() for axis in curves.AXES}
    assert found == {"step": 50, "epoch": 0.5, "time": 1.5}
    assert x_values(table, "epoch", 0).item() == 1


def test_the_shelf_drops_what_was_not_asked_for_longest(quick, tmp_path):
    made = [runs.create(quick, tmp_path) for _ in range(4)]
    for run in made:
        log_steps(run, [1])
    one = Reader(made[0].path).read().size()
    shelf = Shelf(room=2 * one)
    shelf.get(run.path for run in made[:2])
    shelf.get([made[0].path])
    shelf.get([made[2].path])
    assert list(shelf.kept) == [made[0].path, made[2].path]
    assert len(shelf.get(run.path for run in made)) == len(shelf.kept) == 4


def slow_smooth(values, weight):
    last, count, found = 0.0, 0, []
    for value in values:
        if np.isfinite(value):
            last, count = last * weight + (1 - weight) * value, count + 1
        found.append(last / (1 - weight**count) if np.isfinite(value) else value)
    return found


@pytest.mark.parametrize("weight", [0.01, 0.3, 0.6, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("count", [2, 3, 1000, 20_011])
def test_smoothing_is_tensorboards(weight, count):
    values = np.random.default_rng(0).normal(3, 1, count)
    values[count // 2] = np.nan
    assert np.allclose(smooth(values, weight), slow_smooth(values, weight), rtol=1e-9, equal_nan=True)


def test_smoothing_leaves_alone_what_needs_none():
    values = np.array([3.0, 1.0, 2.0])
    assert smooth(values, 0).tolist() == values.tolist()
    assert smooth(np.full(1000, 0.1), 0.97).tolist() == [0.1] * 1000
    assert smooth(np.array([]), 0.5).tolist() == []
    assert np.isnan(smooth(np.full(3, np.nan), 0.5)).all()
    assert values.tolist() == [3, 1, 2]


@pytest.mark.parametrize("count", [0, 1, 5, 999, 1000, 1001, 1999, 2000, 2001, 65_536, 100_000, 100_001])
def test_thinning_keeps_the_ends_and_the_extremes(count):
    values = np.random.default_rng(count).normal(size=count)
    places = thin(values, 1000)
    assert len(places) <= 1000
    assert np.array_equal(places, np.unique(places))
    if count <= 1000:
        assert len(places) == count
    else:
        assert {0, count - 1, values.argmin(), values.argmax()} <= set(places.tolist())
        assert len(places) > 450


def test_one_peak_in_many_points_is_drawn():
    values = np.zeros(100_000)
    values[77_777] = 9
    assert 77_777 in thin(values, 500)


def test_what_is_drawn_stays_while_points_are_added():
    values = np.random.default_rng(0).normal(size=40_000)
    early, late = set(thin(values[:34_000], 1000).tolist()), set(thin(values[:34_100], 1000).tolist())
    assert len(early - late) <= 4


def test_thinning_passes_over_what_is_no_number():
    values = np.random.default_rng(0).normal(size=5000)
    values[1000:3000] = np.nan
    values[4999] = np.nan
    places = thin(values, 200)
    assert {np.nanargmin(values), np.nanargmax(values)} <= set(places.tolist())


def test_csv_holds_every_point_in_order(run):
    log_steps(run, range(1, 2001), loss=0.1 + 0.2)
    log_epoch(run, 1, loss=0.25)
    text = to_csv({run.name: Reader(run.path).read()})
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2001
    assert [row["kind"] for row in rows[8:12]] == ["step", "step", "epoch", "step"]
    assert rows[0]["run"] == run.name
    assert float(rows[0]["loss"]) == 0.1 + 0.2
    assert rows[10]["valid_loss"] == "0.25"
    assert rows[0]["valid_loss"] == ""
    assert rows[1999]["step"] == "1999"


def test_it_needs_no_torch_and_no_page():
    code = "import sys, hwr.curves; print({'torch', 'streamlit', 'plotly', 'pandas', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "set()"
