"""The Train page's search through AppTest, on studies whose trials were not trained; how trials train is in test_tune.py."""

import sys

import pytest
from streamlit.testing.v1 import AppTest

from hwr import runs, tune
from hwr.config import TrainConfig
from hwr.tune import figures
from tests.test_pages import checked
from tests.test_pages_train import folder, visit  # noqa: F401
from ui.training import asking, begin

optuna = pytest.importorskip("optuna")
SPACE = "lr,dropout,optimizer"


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """No process is asked what this machine has."""
    found = {"networks": {name: {"summary": name, "weights": 1} for name in ("residual", "simple")}}
    found |= {"device": "cpu", "devices": ["cpu"], "precision": "float32", "cores": 1}
    monkeypatch.setattr(asking, "facts", lambda: found)


@pytest.fixture
def study(folder):  # noqa: F811
    """Six trials: four finished, one pruned, one failed; the third is the best."""
    plan = tune.make_plan(TrainConfig(dataset="synthetic", model="simple", limit=500), set(), SPACE)
    made = tune.create(tune.place("pens", folder), plan)
    made.optuna.set_user_attr("trials", 8)
    for number, loss in enumerate((0.4, 0.3, 0.1, 0.2, None, 0.9)):
        trial = made.optuna.ask()
        params = tune.study.suggest(trial, plan.space)
        run = runs.create(plan.trial(params, f"pens-{number + 1}"), folder)
        trial.set_user_attr("run", run.name)
        trial.set_user_attr("accuracy", 0.9)
        trial.report(loss or 2.0, 1)
        if loss is None:
            trial.set_user_attr("error", "The loss is no longer a number.")
            made.optuna.tell(trial, state=optuna.trial.TrialState.FAIL)
        elif loss > 0.5:
            made.optuna.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            made.optuna.tell(trial, loss)
    return made


def part(app: AppTest, name: str) -> AppTest:
    app.segmented_control(key="search_part").set_value(name)
    return checked(app.run())


def test_without_studies_the_view_says_what_a_search_is():
    app = visit(view="search")
    assert any("tries many settings" in caption.value for caption in app.caption)
    assert app.button(key="search_new")


def test_without_optuna_the_view_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    app = visit(view="search")
    assert "requirements" in app.info[0].value


def test_a_study_tells_how_far_it_is_and_its_best(study):
    app = visit(view="search")
    told = " ".join(item.value for item in [*app.markdown, *app.caption])
    assert "Best so far: trial 3" in told
    assert "0.1000, 90.00 % right" in told
    assert app.code[0].value == study.plan.full(study.best()["settings"]).command()
    assert "--limit" not in app.code[0].value
    assert app.get("progress")[0].proto.text == "6 of 8 trials, 1 of them ended early"


@pytest.mark.parametrize("name", ["history", "settings", "importance"])
def test_each_figure_is_drawn(name, study):
    app = part(visit(view="search"), name)
    assert len(app.get("plotly_chart")) == 1


def test_the_table_has_every_trial_with_its_settings(study):
    table = part(visit(view="search"), "trials").dataframe[0].value
    assert list(table["trial"]) == [6, 5, 4, 3, 2, 1]
    assert list(table["state"])[:2] == ["pruned", "failed"]
    assert set(table["accuracy"]) == {90}
    assert {"lr", "dropout", "optimizer"} <= set(table.columns)


def test_the_best_settings_go_to_the_form_for_a_new_training(study):
    app = visit(view="search")
    checked(app.button(key="search_train").click().run())
    assert app.segmented_control(key="view").value == "new"
    config = study.plan.full(study.best()["settings"])
    held = app.session_state["new_values"]
    assert {name: held[name] for name in config.to_dict()} == config.to_dict()


def test_going_on_starts_workers(study, monkeypatch):
    commands = []
    monkeypatch.setattr(tune.study, "spawn", lambda command, log: commands.append(command))
    app = visit(view="search")
    app.number_input(key="search_workers").set_value(2)
    checked(app.run())
    checked(app.button(key="search_go_on").click().run())
    assert len(commands) == 2
    assert commands[0][3:8] == ["tune", "--study", "pens", "--trials", "8"]
    assert "starting" in app.get("progress")[0].proto.text
    checked(app.button(key="search_stop").click().run())
    assert study.place.asked_to_stop(0)


def test_a_worker_that_could_not_begin_is_told(study):
    (study.place.folder / "log.txt").write_text("study pens\nhwr: There is no dataset.\n")
    assert "There is no dataset" in visit(view="search").warning[0].value.replace("\\", "")


def test_a_damaged_journal_is_a_sentence(study):
    study.place.journal.write_text("{}\n{}\n")
    assert "is damaged" in visit(view="search").error[0].value


def test_delete_asks_first_and_leaves_the_runs(study, folder):  # noqa: F811
    other = tune.create(tune.place("other", folder), study.plan)
    app = visit(view="search", study="pens")
    checked(app.button(key="search_delete").click().run())
    assert study.place.journal.is_file()
    checked(app.button(key="search_delete_sure").click().run())
    assert tune.list_studies() == [other.place]
    assert len(runs.list_runs(folder)) == 6
    assert app.selectbox(key="study").value == "other"
    checked(app.button(key="search_delete").click().run())
    checked(app.button(key="search_delete_sure").click().run())
    assert any("None was begun here yet" in caption.value for caption in app.caption)


def test_a_study_that_cannot_be_read_can_be_deleted(study):
    study.place.journal.write_text("{}\n{}\n")
    app = visit(view="search")
    checked(app.button(key="search_delete").click().run())
    checked(app.button(key="search_delete_sure").click().run())
    assert not study.place.folder.exists()


def test_a_study_at_work_is_not_deleted(study):
    (study.place.folder / "starting").touch()
    assert visit(view="search").button(key="search_delete").disabled


@pytest.fixture
def form(monkeypatch):
    """The form without its dialog, which AppTest cannot press in."""
    monkeypatch.setattr(begin, "form", begin.form.__wrapped__)


def test_a_study_is_begun_from_the_form(form, folder, monkeypatch):  # noqa: F811
    commands = []
    monkeypatch.setattr(tune.study, "spawn", lambda command, log: commands.append(command))
    app = AppTest.from_function(_form)
    checked(app.run(timeout=60))
    app.text_input(key="search_name").set_value("no/name")
    app.button(key="search_start").click()
    assert "is no name" in checked(app.run()).error[0].value.replace("\\", "")
    app.text_input(key="search_name").set_value("pens")
    app.selectbox(key="search_dataset_mnist").select("synthetic")
    app.multiselect(key="search_space").set_value(["lr", "optimizer"])
    app.button(key="search_start").click()
    checked(app.run())
    (place,) = tune.list_studies()
    plan = tune.load(place).plan
    assert (plan.base.dataset, list(plan.space)) == ("synthetic", ["lr", "optimizer"])
    assert commands[0][3:8] == ["tune", "--study", "pens", "--trials", "20"]


def _form():
    from ui.training import begin

    begin.form()


def test_figures_of_next_to_nothing_are_no_error(study):
    assert figures.parallel([], study.plan.space) is None
    assert len(figures.history([]).data) == 3
    rows = [row | {"loss": 0.0} for row in study.rows()[:2]]
    assert figures.parallel(rows, study.plan.space) is not None
    assert figures.history(rows)
