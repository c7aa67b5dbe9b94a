"""The Data page through AppTest: every tab on a few digits of our own, what is absent, own pictures, what goes wrong."""

import io
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from hwr import checkpoint
from hwr.config import TrainConfig
from hwr.data import data_folder
from hwr.errors import HwrError
from hwr.kept import Finding
from hwr.mine import Mine
from hwr.survey import Subject, Work, do
from hwr.survey.embedding import fitted
from tests.test_survey import little_mnist
from ui import own as parts
from ui.surveying import absent, augmentation, errors, plan, working
from ui.tiles import packed

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """The data folder is the test's, and what is found is found in this process."""
    monkeypatch.setenv("HWR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HWR_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(working, "done_apart", do)
    st.cache_data.clear()


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    return little_mnist(tmp_path_factory.mktemp("digits"))


@pytest.fixture
def shown(monkeypatch) -> dict:
    """The sheets that the page shows: pictures and words by their key."""
    seen: dict[str, tuple] = {}
    for module in ("pictures", "classes", "ink", "augmentation", "errors", "duplicates"):
        monkeypatch.setattr(f"ui.surveying.{module}.tiles", lambda p, w, key, **_: seen.update({key: (p, w)}))
    return seen


@pytest.fixture
def mnist(digits, monkeypatch) -> Subject:
    monkeypatch.setenv("HWR_DATA", str(digits))
    return Subject("mnist", digits)


def opened(dataset: str = "mnist", tab: str = "", **state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["dataset"] = dataset
    for key, value in state.items():
        app.session_state[key] = value
    app.session_state["data_dataset"] = dataset
    if tab:
        app.session_state["data_tab_own" if dataset == "mine" else "data_tab_any"] = tab
    app.switch_page("pages/data.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def found(app: AppTest) -> AppTest:
    """Waits for what is being found."""
    jobs = list(app.session_state["data_jobs"].values()) if "data_jobs" in app.session_state else []
    for job in jobs:
        job.wait(100)
    return checked(app.run())


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption).replace("\\", "")


def test_it_opens_with_the_sizes_and_the_pictures_in_their_order(mnist, shown):
    app = opened()
    values = {metric.label: metric.value for metric in app.metric}
    assert (values["To train on"], values["To test on"], values["Classes"]) == ("200", "40", "10")
    pictures, words = shown["data_pictures"]
    train = mnist.part("train")
    np.testing.assert_array_equal(pictures, train.images[:120])
    assert words == [str(label) for label in train.labels[:120]]
    assert "1 to 120 of 200" in captions(app)


def test_pictures_of_one_class_and_by_the_width_of_their_strokes(mnist, shown):
    do(Work("show", mnist), lambda *_: None)
    app = opened()
    checked(app.get_by_key("data_pictures_class_0123456789").set_value("7").run())
    train = mnist.part("train")
    np.testing.assert_array_equal(shown["data_pictures"][0], train.images[train.labels == 7][:120])
    checked(app.selectbox(key="data_order_True").select("Thin strokes first").run())
    from hwr.survey.summary import measured

    widths = measured(shown["data_pictures"][0].astype(np.float32))[1]
    assert (np.diff(widths) >= 0).all()
    checked(app.get_by_key("data_pictures_part").set_value("test").run())
    assert (len(shown["data_pictures"][0]) > 0) == bool((mnist.part("test").labels == 7).any())


def test_the_counts_and_means_of_the_classes(mnist, shown):
    app = found(opened(tab="Classes"))
    assert len(app.get("plotly_chart")) == 1
    pictures, words = shown["data_means"]
    assert (pictures.shape, "".join(words)) == ((10, 2, 28, 28), "0123456789")
    train = mnist.part("train")
    np.testing.assert_allclose(pictures[3, 0], train.images[train.labels == 3].mean(0), atol=0.51)
    table = app.dataframe[0].value
    assert table["To train on"].tolist() == np.bincount(train.labels).tolist()


def test_ink_and_strokes(mnist, shown):
    app = found(opened(tab="Ink"))
    assert len(app.get("plotly_chart")) == 2
    assert len(shown["data_thinnest"][0]) == len(shown["data_widest"][0]) == 12
    table = app.dataframe[0].value
    assert list(table["Class"]) == list("0123456789")
    train = mnist.part("train")
    shares = [100 * train.images[train.labels == place].mean() / 255 for place in range(10)]
    np.testing.assert_allclose(table["To train on, ink"].astype(float), shares, rtol=1e-3)


def test_augmentation_follows_the_sliders_and_goes_to_the_form(mnist, shown, monkeypatch):
    gone = []
    monkeypatch.setattr(st, "switch_page", lambda page, **_: gone.append(page))
    app = opened(tab="Augmentation")
    sliders = {slider.key.removeprefix("data_augment_"): slider for slider in app.slider}
    config = TrainConfig()
    assert {name: slider.value for name, slider in sliders.items()} == {name: getattr(config, name) for name in sliders}
    assert set(sliders) == {"rotation", "shift", "zoom", "shear", "elastic", "stroke", "blur", "dirt"}
    before = shown["data_augmented"][0]
    assert before.shape == (6, 9, 28, 28)
    for name, slider in sliders.items():
        slider.set_value(90.0 if name == "rotation" else 0.0)
    checked(app.run())
    after = shown["data_augmented"][0]
    np.testing.assert_array_equal(before[:, 0], after[:, 0])
    assert (before[:, 1:] != after[:, 1:]).any()
    checked(app.button(key="data_augment_train").click().run())
    assert gone == ["pages/train.py"]
    values = app.session_state["new_values"]
    assert (values["rotation"], values["elastic"], values["dataset"]) == (90.0, 0.0, "mnist")
    assert app.session_state["view"] == "new"
    checked(app.button(key="data_augment_defaults").click().run())
    assert app.slider(key="data_augment_rotation").value == config.rotation


def test_without_augmentation_a_picture_stays_as_it_is():
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8)
    none: dict = dict.fromkeys(augmentation.NAMES, 0.0)
    same = augmentation.changed(images, TrainConfig(**none), seed=1)
    np.testing.assert_array_equal(same, np.repeat(images[:, None], 1 + augmentation.TIMES, 1))


def judged(subject: Subject) -> Finding:
    labels = subject.part("train").labels
    places = np.array([5, 9])
    arrays = {
        "places": places,
        "labels": labels[places],
        "guesses": (labels[places] + 1) % 10,
        "given": np.array([0.01, 0.3], np.float32),
        "guessed": np.array([0.97, 0.5], np.float32),
        "joint": np.eye(10, dtype=np.int64),
    }
    return Finding({"classes": "0123456789", "pictures": 200, "issues": 1, "doubts": 2, "accuracy": 0.99}, arrays)


def test_label_errors_are_found_at_a_press_and_taken_along(mnist, shown, monkeypatch):
    monkeypatch.setattr("hwr.survey.errors.find", lambda subject, part, watch: judged(subject))
    app = opened(tab="Label errors")
    assert "judge that fifth" in captions(app)
    app = found(checked(app.button(key="data_start_errors").click().run()))
    assert "**1** are likely wrong, and 2 in doubt" in app.markdown[-1].value
    pictures, words = shown["data_errors"]
    train = mnist.part("train")
    np.testing.assert_array_equal(pictures, train.images[[5, 9]])
    assert words[0] == f"{train.labels[5]} → {(train.labels[5] + 1) % 10}? 97.0 %"
    rows = errors.to_csv(judged(mnist)).splitlines()
    assert rows[1] == f"5,{train.labels[5]},{(train.labels[5] + 1) % 10},0.0100,0.9700"


def test_near_duplicates_and_those_that_are_the_same(mnist, shown):
    app = opened(tab="Near duplicates")
    app = found(checked(app.button(key="data_start_duplicates").click().run()))
    assert "**1** of 40 test pictures" in app.markdown[-1].value
    checked(app.get_by_key("data_pairs_kind").set_value("The same, pixel by pixel").run())
    pictures, words = shown["data_pairs"]
    assert len(pictures) == 1
    np.testing.assert_array_equal(pictures[0, 0], pictures[0, 1])
    assert words[0].endswith("1.000")


@pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to lay out by")
def test_the_map_is_sent_with_its_pictures(mnist, monkeypatch):
    sent = []
    monkeypatch.setattr(plan, "_map", lambda **given: sent.append(given["data"]))
    count = 12
    figures = {"classes": "0123456789", "known": "0123456789ABC", "pictures": 200}
    labels = mnist.part("train").labels[:count]
    answers = labels.copy()
    answers[4] = 12
    points = fitted(np.random.default_rng(0).normal(size=(count, 2)))
    arrays = {"places": np.arange(count), "labels": labels, "answers": answers, "sure": np.ones(count, np.float32)}
    monkeypatch.setattr(
        "hwr.survey.embedding.find", lambda *_: Finding(figures, arrays | {"tsne": points, "pca": points})
    )
    app = opened(tab="Map")
    app = found(checked(app.button(key="data_start_map").click().run()))
    assert "12 of 200 pictures" in captions(app)
    assert "reads 1 of them otherwise" in captions(app)
    head, numbers, pixels = unpacked(sent[-1])
    assert head["wrong"] == [4]
    assert [head["classes"][place] for place in head["labels"]] == [str(label) for label in labels]
    np.testing.assert_array_equal(numbers, points)
    np.testing.assert_array_equal(pixels, mnist.part("train").images[:count])


def unpacked(data: bytes) -> tuple[dict, np.ndarray, np.ndarray]:
    import json

    length = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + length])
    start, count = 4 + length, head["count"]
    numbers = np.frombuffer(data, "<f4", 2 * count, start).reshape(count, 2)
    return head, numbers, np.frombuffer(data, np.uint8, count * 784, start + 8 * count).reshape(count, 28, 28)


def test_a_sheet_of_tiles_is_one_block():
    pictures = np.arange(3 * 2 * 784, dtype=np.uint8).reshape(3, 2, 28, 28)
    data = packed(pictures, ["ü", "b", "c"], size=20)
    length = int.from_bytes(data[:4], "little")
    assert data[4 + length :] == pictures.tobytes()
    assert '"beside": 2' in data[4 : 4 + length].decode()


def test_work_can_be_cancelled_and_begun_again(mnist, monkeypatch):
    going, gone = threading.Event(), threading.Event()

    def slow(work, watch):
        try:
            while True:
                watch("looking", 0.5)
                going.set()
        finally:
            gone.set()

    with monkeypatch.context() as patched:
        patched.setattr(working, "done_apart", slow)
        app = opened(tab="Ink")
        assert going.wait(60)
        checked(app.button(key="data_cancel_show").click().run())
        assert gone.wait(60)
        assert "Cancelled" in captions(app)
    app = found(checked(app.button(key="data_start_show").click().run()))
    assert len(app.get("plotly_chart")) == 2


def test_what_fails_is_a_sentence(mnist, monkeypatch):
    def broken(work, watch):
        raise HwrError("The disk is full.")

    monkeypatch.setattr(working, "done_apart", broken)
    assert "disk is full" in found(opened(tab="Ink")).error[0].value
    monkeypatch.setattr(working, "done_apart", lambda *_: 1 / 0)
    assert "something unforeseen" in found(opened(tab="Ink")).error[0].value


@pytest.mark.parametrize(
    ("dataset", "words"), [("mnits", "no dataset"), ("folder:/nowhere/at/all", "no folder"), ("mine", "no pictures")]
)
def test_what_cannot_be_looked_at_is_a_sentence(dataset, words):
    app = opened(dataset)
    assert words in app.error[0].value.replace("\\", "")


def test_what_is_absent_is_downloaded_at_a_press(tmp_path, monkeypatch, shown):
    asked = []

    def fetched(subject, name, watch):
        asked.append(name)
        little_mnist(subject.folder)
        return True

    monkeypatch.setattr(absent, "fetch_apart", fetched)
    app = opened("mnist")
    assert app.button(key="data_download_start").label == "Download 12 MB"
    checked(app.button(key="data_download_start").click().run())
    if "data_download" in app.session_state:
        app.session_state["data_download"].wait(60)
    assert asked == ["mnist"]
    app = opened("mnist")  # anew: AppTest cannot go on where the words of an option have changed
    assert app.metric[0].value == "200"


def test_a_download_that_fails_says_why_and_what_cannot_be_fetched_says_where_it_belongs(monkeypatch):
    def offline(subject, name, watch):
        raise HwrError("It cannot be downloaded: connect to the internet once.")

    monkeypatch.setattr(absent, "fetch_apart", offline)
    app = opened("emnist-letters")
    checked(app.button(key="data_download_start").click().run())
    if "data_download" in app.session_state:
        app.session_state["data_download"].wait(60)
        checked(app.run())
    assert "connect to the internet" in app.error[0].value
    assert "ink/unipen/" in captions(opened("unipen"))


@pytest.fixture
def mine() -> Mine:
    own = Mine.at(data_folder())
    for char in "37":
        for which in range(4):
            own.add(char, np.pad(np.full((9 + which, 9 + int(char)), 255, np.uint8), 9))
    return own


def chosen(monkeypatch, mine: Mine, char: str) -> None:
    samples = [sample for sample in mine.samples() if sample.char == char][:2]
    monkeypatch.setattr(parts, "table", lambda *_: [sample for sample in samples if sample.path.is_file()])


def test_own_pictures_are_relabelled_deleted_and_taken_back(mine, monkeypatch):
    chosen(monkeypatch, mine, "7")
    app = found(opened("mine", "Edit"))
    app.text_input(key="mine_relabel").set_value("1")
    checked(app.run())
    assert mine.counts() == {"1": 2, "3": 4, "7": 2}
    checked(app.button(key="mine_undo_last").click().run())
    assert mine.counts() == {"3": 4, "7": 4}
    chosen(monkeypatch, mine, "3")
    app = found(opened("mine", "Edit"))
    before = mine.counts()
    checked(app.button(key="mine_delete").click().run())
    checked(app.button(key="mine_delete_sure").click().run())
    assert mine.counts()["3"] == before["3"] - 2
    app = found(app)
    content = zipfile.ZipFile(io.BytesIO(parts.packed(mine)))
    assert len(content.namelist()) == sum(mine.counts().values())
    app.session_state["mine_undo"]()
    assert mine.counts() == before


def test_what_is_no_character_is_a_sentence(mine, monkeypatch):
    chosen(monkeypatch, mine, "7")
    app = found(opened("mine", "Edit"))
    app.text_input(key="mine_relabel").set_value("ab")
    assert "one character" in checked(app.run()).error[0].value
    assert mine.counts() == {"3": 4, "7": 4}
