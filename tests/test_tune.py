"""Searches of settings: trials as runs, several workers, what is given up, stopped, killed and gone on with, bad input."""

import functools
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hwr.train
from hwr import checkpoint, journal, runs, tune
from hwr.cli import main
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.progress import Progress
from hwr.tune import figures, worker
from hwr.tune.space import setting_texts
from hwr.tune.storage import signed

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = {"dataset": "synthetic", "classes": "0-3", "model": "simple", "epochs": 2, "limit": 300, "batch_size": 32}
COMMAND = [word for name, value in OPTIONS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
optuna = pytest.importorskip("optuna")


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch):
    """The trials of this process share their pictures; those of a worker of its own draw them."""
    monkeypatch.setattr(hwr.train, "prepare", _prepare)


def _prepare(config, folder):
    return _material(config.limit, config.validation, config.seed)


PREPARE = hwr.train.prepare


@functools.cache
def _material(limit, validation, seed):
    return PREPARE(TrainConfig(**OPTIONS | {"limit": limit}, validation=validation, seed=seed, test="none"), Path())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def begin(folder: Path, space: str = "lr,dropout", url: str = "", **settings) -> tune.Study:
    """A study on a training of a second."""
    plan = tune.make_plan(TrainConfig.from_dict(OPTIONS | settings), set(settings), space)
    return tune.create(tune.place("pens", folder, url), plan)


class Hook(Progress):
    """Keeps what is said, and calls `act` at the first step that is told."""

    def __init__(self, act=None):
        super().__init__(io.StringIO())
        self.said, self.act = [], act

    def __call__(self, values):
        act, self.act = self.act, None
        if act:
            act()

    def say(self, text):
        self.said.append(text)


def work(study: tune.Study, trials: int, act=None) -> tuple[bool, list[str]]:
    """A worker in this process: whether it came to the end, and what it said."""
    hook = Hook(act)
    full = worker.work(study, trials, data_dir=Path(), progress=hook, machine={"threads": 1})
    return full, hook.said


@pytest.fixture
def told_at_once(monkeypatch):
    monkeypatch.setattr(journal, "TELL", 0.0)


def states(study: tune.Study) -> list[str]:
    return [row["state"] for row in study.rows()]


def test_trials_are_runs_and_the_best_can_be_trained_fully(folder, capsys):
    command = [
        "tune",
        "--study",
        "pens",
        "--trials",
        "3",
        "--tune",
        "lr,dropout,optimizer=adamw/sgd",
        *COMMAND,
        "--json",
    ]
    assert main(command) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert (found["finished"], found["pruned"], found["failed"]) == (3, 0, 0)
    rows = tune.load(tune.place("pens")).rows()
    assert found["best"] == min(rows, key=lambda row: row["loss"])
    assert rows[0]["settings"] == {"lr": 0.003, "dropout": 0.2, "optimizer": "adamw"}  # begins at the defaults
    listed = {run.name: run for run in runs.list_runs(folder)}
    assert set(listed) == {row["run"] for row in rows}
    for row in rows:
        run = listed[row["run"]]
        assert runs.overview(run)["study"] == "pens"
        assert run.status()["state"] == "finished"
        config = run.config()
        assert config.test == "none"
        assert {name: getattr(config, name) for name in row["settings"]} == row["settings"]
        losses = [epoch["valid_loss"] for epoch in run.metrics() if epoch["kind"] == "epoch"]
        assert row["loss"] == min(losses)
        assert set(run.status()["figures"]) == {"validation"}
    full = TrainConfig.from_dict(found["config"])
    assert (full.limit, full.test, full.epochs) == (0, "", 2)
    assert found["command"] == full.command()
    assert "trial 3 of 3" in told.err

    assert main(command) == 0  # the same command again has nothing left to do
    assert json.loads(capsys.readouterr().out)["finished"] == 3
    assert main(["tune", "--study", "pens", "--trials", "4"]) == 0
    assert "4 finished" in capsys.readouterr().out
    assert len(runs.list_runs(folder)) == 4


def test_a_hopeless_trial_is_pruned_and_stands_as_stopped(folder, monkeypatch):
    monkeypatch.setattr(worker, "SPARED", 1)
    study = begin(folder, "lr=1e-7..1e-2", epochs=4)
    study.optuna.enqueue_trial({"lr": 1e-7})
    full, said = work(study, 2)
    assert full
    assert states(study) == ["finished", "pruned"]
    row = study.rows()[1]
    run = study.place.run(row["run"])
    assert run.status()["state"] == "stopped"
    assert row["epochs"] == run.status()["progress"]["best_epoch"] == 1
    assert "Pruned after epoch 1" in run.about()["notes"]
    assert any("Pruned after epoch 1" in text for text in said)
    assert study.best()["trial"] == 1


def test_two_workers_share_a_study_and_do_not_pass_its_number(folder):
    options = ["--study", "pens", "--trials", "4", "--tune", "lr", "--pruner", "none", "--threads", "1"]
    command = [sys.executable, "-m", "hwr", "tune", *options, *COMMAND, "--json"]
    two = [subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1) for _ in range(2)]
    told = [process.communicate(timeout=300) for process in two]
    assert [process.returncode for process in two] == [0, 0], told
    study = tune.load(tune.place("pens"))
    assert states(study) == ["finished"] * 4
    assert len({row["run"] for row in study.rows()}) == len(runs.list_runs(folder)) == 4
    assert len({row["settings"]["lr"] for row in study.rows()}) == 4
    assert study.place.workers() == []


def test_a_killed_workers_trial_is_gone_on_with(folder):
    study = begin(folder, "lr", epochs=400)
    command = [sys.executable, "-m", "hwr", "tune", "--study", "pens", "--trials", "2", "--threads", "1"]
    first = subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1)
    end = time.monotonic() + 200
    while not (list(folder.glob("*/state.safetensors"))):
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    assert study.place.workers() == [f"worker-{os.uname().nodename}-{first.pid}"]
    first.kill()
    first.communicate()
    assert states(study) == ["running"]
    (run,) = runs.list_runs(folder)
    assert run.status()["state"] == "lost"
    saved = checkpoint.read_info(run.path / "state.safetensors")["state"]["step"]
    config = json.loads((run.path / "config.json").read_text()) | {"epochs": saved // 8 + 3}
    (run.path / "config.json").write_text(json.dumps(config))  # so that the rest is short
    full, _ = work(study, 1)
    assert full
    (row,) = study.rows()
    assert (row["state"], row["run"], row["trial"]) == ("finished", run.name, 2)
    assert run.status()["state"] == "finished"
    assert row["settings"] == {"lr": 0.003}
    assert row["epochs"] == saved // 8 + 3


def test_ctrl_c_saves_the_trial_and_the_next_worker_goes_on(folder, told_at_once):
    study = begin(folder, epochs=3)
    full, _ = work(study, 2, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert not full
    (run,) = runs.list_runs(folder)
    assert run.status()["state"] == "stopped"
    assert states(study) == ["waiting"]
    assert work(study, 2)[0]
    assert states(study) == ["finished", "finished"]
    assert study.rows()[0]["run"] == run.name
    assert len(runs.list_runs(folder)) == 2


def test_a_study_is_stopped_from_elsewhere(folder, told_at_once):
    study = begin(folder, epochs=3)
    assert not work(study, 2, study.place.ask_to_stop)[0]
    assert states(study) == ["waiting"]
    assert work(study, 1)[0]  # the wish was for the workers of then
    assert states(study) == ["finished"]


def test_a_trial_stopped_by_hand_is_passed_over(folder, told_at_once):
    study = begin(folder)
    full, _ = work(study, 2, lambda: runs.stop(runs.list_runs(folder)[0]))
    assert full
    assert states(study) == ["pruned", "finished"]
    assert "Stopped by hand" in study.place.run(study.rows()[0]["run"]).about()["notes"]


def test_failed_trials_count_but_neither_the_first_nor_many_in_a_row_are_passed_over(folder, monkeypatch):
    learn, calls = hwr.train.train, []

    def fall(*arguments, **options):
        calls.append(1)
        if len(calls) in falls:
            raise HwrError("The loss is no longer a number.")
        return learn(*arguments, **options)

    monkeypatch.setattr(hwr.train, "train", fall)
    study, falls = begin(folder), {1, 3, 4, 5, 6, 7}
    with pytest.raises(HwrError, match="no longer a number"):
        work(study, 3)
    assert states(study) == ["waiting"]  # it is not the trial's fault, and none is lost
    assert work(study, 3)[0]
    assert states(study) == ["finished", "failed", "failed"]
    assert study.rows()[1]["error"] == "The loss is no longer a number."
    with pytest.raises(HwrError, match="no longer a number"):
        work(study, 9)
    assert states(study) == ["finished", "failed", "failed", "failed", "failed", "waiting"]


def test_the_one_too_many_of_two_that_took_the_last_trial_is_let_go(folder, monkeypatch):
    study = begin(folder)
    taken, looks = worker.Worker.taken, []

    def blind_once(self, before=None):
        looks.append(before)
        return 0 if len(looks) == 1 else taken(self, before)

    monkeypatch.setattr(worker.Worker, "taken", blind_once)
    with tune.storage.signed(study.place) as sign:
        other = study.optuna.ask()  # the last trial, which another worker took
        other.set_user_attr("worker", sign)
        assert work(study, 1)[0]
    assert states(study) == ["running"]
    assert runs.list_runs(folder) == []


def test_a_database_serves_as_well(folder, tmp_path, capsys, monkeypatch):
    url = f"sqlite:///{tmp_path / 'search.db'}"
    command = ["tune", "--study", "pens", "--trials", "2", "--tune", "lr", *COMMAND]
    assert main([*command, "--storage", url, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["finished"] == 2
    assert tune.list_studies() == []
    monkeypatch.setenv("HWR_STORAGE", url)
    (where,) = tune.list_studies()
    assert tune.load(where).summary() == found


def test_one_worker_alone_draws_the_same_again(folder):
    space = tune.make_plan(TrainConfig(), set(), "lr,dropout,optimizer").space

    def draw(stops: set[int]) -> list[dict]:
        study = optuna.create_study(sampler=worker.by_seed(3))
        for number in range(12):
            if number in stops:
                study.sampler = worker.by_seed(3)
            trial = study.ask()
            params = tune.study.suggest(trial, space)
            study.tell(trial, params["dropout"] + params["lr"])
        return [trial.params for trial in study.trials]

    first = draw(set())
    assert first == draw({3, 9})
    assert len({trial["lr"] for trial in first}) == len(first)


def test_what_mattered_is_told_when_enough_is_finished(folder):
    study = begin(folder)
    space = {"lr": optuna.distributions.FloatDistribution(3e-4, 3e-2, log=True)}
    space["dropout"] = optuna.distributions.FloatDistribution(0, 0.6)
    assert tune.importances(study) == {}
    for number in range(12):
        params = {"lr": 10 ** (-3.5 + number / 6), "dropout": (number * 7 % 12) / 20}
        trial = optuna.trial.create_trial(params=params, distributions=space, value=abs(number - 6) / 6)
        study.optuna.add_trial(trial)
    shares = tune.importances(study)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["lr"] > 0.7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--trials", "0"], "--trials must be"),
        (["--tune", "lrr"], 'did you mean "lr"?'),
        (["--tune", "epochs"], "nothing that can be searched"),
        (["--tune", ""], "nothing that can be searched"),
        (["--tune", "lr=0..1"], "--lr must be"),
        (["--tune", "lr=0.1..0.01"], "leaves nothing to choose"),
        (["--tune", "lr=fast"], "is no span"),
        (["--tune", "model=simple/mega"], "no network"),
        (["--tune", "optimizer=adam"], "fix it with --optimizer"),
        (["--tune", "lr", "--lr", "0.01"], "cannot be searched too"),
        (["--pruner", "axe"], "--pruner"),
        (["--dataset", "mnits"], "no dataset"),
        (["--dataset", "folder:/nowhere/at/all"], "no folder"),
        (["--study", "a/b"], "is no name"),
        (["--study", "../b"], "is no name"),
        (["--study", "new"], "--dataset"),
        (["--storage", "nonsense", "--epochs", "2"], "Cannot use the database"),
        (["--storage", "redis://localhost", "--epochs", "2"], "Cannot use the database"),
        (["--storage", "sqlite:////nowhere/at/all.db", "--epochs", "2"], "Cannot use the database"),
    ],
)
def test_bad_input_is_one_sentence_and_status_1(arguments, words, folder, monkeypatch, capsys):
    monkeypatch.setattr(hwr.train, "prepare", PREPARE)
    arguments = arguments if "--study" in arguments else ["--study", "pens", *arguments]
    assert main(["tune", *arguments, "--data-dir", str(folder)]) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("hwr: ")
    assert words in last


def test_a_password_is_not_shown(folder, capsys):
    url = "nosuchbase://ann:secret@127.0.0.1/x"
    assert main(["tune", "--study", "pens", "--epochs", "2", "--storage", url]) == 1
    told = capsys.readouterr().err
    assert "nosuchbase" in told
    assert "secret" not in told


def test_other_settings_need_another_study(folder, capsys):
    begin(folder)
    for words, option in (("--epochs 2, not 5", ["--epochs", "5"]), ("--tune", ["--tune", "dropout"])):
        assert main(["tune", "--study", "pens", "--trials", "1", "--tune", "lr,dropout", *COMMAND, *option]) == 1
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"[]\n{}\n", b'{"op_code": 3}\n\n', b"\0\xff\n{}\n", b'{"op_code": 99, "worker_id": ""}\n']
)
def test_a_damaged_journal_is_a_sentence(content, folder, capsys):
    where = tune.place("pens", folder)
    where.folder.mkdir(parents=True)
    where.journal.write_bytes(content)
    assert main(["tune", "--study", "pens"]) == 1
    assert "is damaged" in capsys.readouterr().err.splitlines()[-1]
    assert where.journal.read_bytes() == content


def test_a_line_that_a_full_disk_cut_off_spoils_nothing(folder):
    study = begin(folder)
    with open(study.place.journal, "ab") as file:
        file.write(b'{"op_code": 4, "worker_')
    assert work(tune.load(study.place), 1)[0]
    assert states(tune.load(study.place)) == ["finished"]


def test_without_optuna_a_sentence_says_what_to_install(folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert main(["tune", "--study", "pens", *COMMAND]) == 1
    assert "pip install -r requirements-tune.txt" in capsys.readouterr().err
    assert (ROOT / "requirements-tune.txt").is_file()


def test_neither_optuna_nor_torch_is_loaded_before_it_is_needed():
    code = "import sys, hwr.tune, hwr.cli.tune; print(sorted({'optuna', 'torch', 'sqlalchemy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_storages_used_unpickle_nothing(folder, monkeypatch):
    """Optuna unpickles the snapshots of a journal's backend that keeps some; the file must stay one that does not."""
    import pickle

    def refuse(*arguments, **options):
        raise AssertionError("something was unpickled")

    study = begin(folder)
    assert not hasattr(study.optuna._storage._backend, "load_snapshot")
    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "load", refuse)
    assert tune.load(study.place).rows()[0]["state"] == "waiting"


def test_settings_read_the_same_everywhere():
    settings = {"lr": 0.0021345, "weight_decay": 0.01, "batch_size": 128, "optimizer": "adamw"}
    texts = ["lr 0.00213", "weight decay 0.01", "batch size 128", "optimizer adamw"]
    assert setting_texts(settings) == texts
    row = {"trial": 1, "state": "finished", "loss": 0.5, "settings": settings}
    assert list(figures.history([row]).data[2].text) == ["<br>".join(["<b>trial 1</b> validation loss 0.5000", *texts])]


@pytest.mark.parametrize("database", [False, True])
def test_a_study_is_deleted_and_its_runs_stay(database, folder, tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'studies.db'}" if database else ""
    study = begin(folder, url=url)
    work(study, 1)
    command = ["tune", "--study", "pens", *(["--storage", url] if database else [])]
    assert main([*command, "--delete", "--epochs", "3"]) == 1
    assert states(tune.load(study.place)) == ["finished"]
    with signed(study.place):
        assert main([*command, "--delete"]) == 1
    assert "stop it first" in capsys.readouterr().err
    assert main([*command, "--delete"]) == 0
    assert tune.list_studies(folder, url) == []
    assert not study.place.folder.exists()
    assert len(runs.list_runs(folder)) == 1
    assert main([*command, "--delete"]) == 1
    assert "There is no study" in capsys.readouterr().err
    assert states(begin(folder, url=url)) == ["waiting"]


def test_in_a_database_only_an_idle_study_of_ours_is_deleted(folder, tmp_path):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    storage = begin(folder, url=url).optuna._storage
    optuna.create_study(storage=storage, study_name="strange")
    with pytest.raises(HwrError, match="not made by hwr"):
        tune.delete(tune.place("strange", folder, url))
    study = tune.load(tune.place("pens", folder, url)).optuna
    with pytest.warns(UserWarning, match="Heartbeat"):
        trial = study.ask()
    trial.set_user_attr("worker", ["elsewhere", "worker-elsewhere-1"])
    with pytest.raises(HwrError, match="worked on by elsewhere"):
        tune.delete(tune.place("pens", folder, url))
    assert sorted(place.name for place in tune.list_studies(folder, url)) == ["pens", "strange"]


def test_of_two_studies_of_one_name_only_the_one_asked_for_is_deleted(folder, tmp_path):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    file, database = begin(folder), begin(folder, url=url)
    tune.delete(database.place)
    assert tune.list_studies(folder, url) == [file.place]
    begin(folder, url=url)
    tune.delete(file.place)
    assert tune.list_studies(folder, url) == [database.place]


def test_a_damaged_study_can_be_deleted(folder):
    where = begin(folder).place
    where.journal.write_bytes(b"[]\n{}\n")
    tune.delete(where)
    assert tune.list_studies(folder) == []
