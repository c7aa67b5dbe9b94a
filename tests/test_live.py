"""Frames of a camera: read, shown with the newest answer, kept steady; no Streamlit and no camera here."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from hwr import checkpoint
from hwr.errors import HwrError
from hwr.live import Live, Rate, Steady, marked, read_frame
from hwr.live.stream import SPAN
from hwr.palette import confidence_color
from hwr.recognize import Recognizer
from hwr.results import Glyph, Line, Page, Word
from hwr.synthetic.page import Sheet, draw_text

WIDE, TALL = 200, 120
needs_weights = pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights")


def page(text: str, *, left: int = 10, score: float = 0.9, other: str = "") -> Page:
    """A line of characters, 20 pixels wide and 5 apart, each perhaps `other` at the same place."""
    glyphs = []
    for place, char in enumerate(text):
        x = left + 25 * place
        choices = ((char, score), (other[place], 1 - score)) if other else ((char, score),)
        glyphs.append(Glyph(char, score, (x, 40, x + 20, 70), choices))
    return Page((Line((Word(tuple(glyphs)),)),) if glyphs else (), WIDE, TALL)


def frame(value: int = 200) -> np.ndarray:
    return np.full((TALL, WIDE, 3), value, np.uint8)


def until(condition) -> None:
    """Waits for another thread; fails after ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.005)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("digits")


@needs_weights
def test_a_frame_is_read_where_the_writing_stands(recognizer):
    picture = draw_text("314", seed=3, height=80, sheet=Sheet(margin=2))
    found = read_frame(recognizer, picture, charset="0-9")
    assert found.text == "314"
    assert (found.height, found.width) == picture.shape[:2]
    assert [glyph.box[0] for glyph in found.glyphs] == sorted(glyph.box[0] for glyph in found.glyphs)


@needs_weights
def test_a_large_frame_is_read_smaller_and_its_boxes_are_its_own(recognizer, monkeypatch):
    picture = draw_text("27", seed=3, height=80, sheet=Sheet(margin=2))
    asked = read_frame(recognizer, picture)
    monkeypatch.setattr("hwr.live.frame.LONGEST", picture.shape[1] // 2)
    small = read_frame(recognizer, picture)
    assert small.text == asked.text == "27"
    assert (small.width, small.height) == (asked.width, asked.height)
    assert np.abs(np.array([g.box for g in small.glyphs]) - [g.box for g in asked.glyphs]).max() <= 6


@needs_weights
def test_a_frame_without_writing_is_blank_and_a_wrong_question_is_a_sentence(recognizer):
    assert read_frame(recognizer, np.full((480, 640, 3), 230, np.uint8)).glyphs == ()
    with pytest.raises(HwrError, match="layout"):
        read_frame(recognizer, frame(), layout="poem")
    with pytest.raises(HwrError, match="backwards"):
        read_frame(recognizer, frame(), charset="9-0")


def rgb(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def test_boxes_have_the_colour_of_their_confidence():
    shown = marked(frame(), page("7", score=0.3))
    assert shown[70 - 1, 10:30].tolist() == [rgb(confidence_color(0.3))] * 20
    assert (frame() == 200).all()
    assert (marked(frame(), replace(page("7"), width=9)) == 200).all()
    assert (marked(frame(), None) == 200).all()


def test_in_a_mirror_the_picture_is_turned_and_the_characters_are_not():
    picture = frame()
    picture[:, 0] = 0
    shown = marked(picture, page("7", score=0.3), mirrored=True)
    assert (shown[:, -1] == 0).all()
    assert shown[69, WIDE - 30 : WIDE - 10].tolist() == [rgb(confidence_color(0.3))] * 20
    straight = marked(frame(), page("7", score=0.3, left=WIDE - 30))
    assert (shown[:70, : WIDE - 1] == straight[:70, : WIDE - 1]).all()


def test_one_odd_reading_changes_nothing_and_two_alike_do():
    steady = Steady()
    assert steady.take(page("31"))
    assert not steady.take(page("314"))
    assert steady.page.text == "31"
    assert steady.take(page("31"))
    assert not steady.take(page("3"))
    assert steady.take(page("3"))
    assert steady.page.text == "3"


def test_what_never_agrees_is_not_held_back_for_ever():
    steady = Steady()
    steady.take(page("1"))
    assert [steady.take(page("1" * count)) for count in (2, 3, 4)] == [False, False, True]


def test_boxes_follow_the_paper_and_another_page_is_shown_at_once():
    steady = Steady()
    steady.take(page("31"))
    assert steady.take(page("31", left=14))
    assert steady.page.glyphs[0].box[0] == 14
    assert steady.take(page("88", left=120))
    assert steady.page.text == "88"


def test_a_character_is_what_its_readings_say_together():
    steady = Steady()
    steady.take(page("1", score=0.9, other="7"))
    assert steady.take(page("7", score=0.6, other="1"))
    glyph = steady.page.glyphs[0]
    assert glyph.char == "1"
    assert glyph.confidence == pytest.approx(0.6 * 0.9 + 0.4 * 0.4)
    for _ in range(3):
        steady.take(page("7", score=0.9, other="1"))
    assert steady.page.text == "7"


def test_a_rate_is_of_the_last_seconds():
    rate = Rate()
    assert rate.per_second(0.0) == 0
    for step in range(40):
        rate.tick(step * 0.1)
    assert rate.per_second(3.9) == pytest.approx(10, rel=0.02)
    assert rate.per_second(3.9 + SPAN + 1) == 0


def test_frames_never_wait_for_a_reading():
    held, free = threading.Event(), threading.Event()

    def slow(_):
        held.set()
        assert free.wait(10)
        return page("7")

    live = Live()
    live.ask("slow", slow)
    live.show(frame())
    assert held.wait(10)
    for _ in range(50):
        assert (live.show(frame()) == 200).all()  # the reading has not come to its end
    free.set()
    until(lambda: live.standing().page is not None)
    assert (live.show(frame()) != 200).any()
    assert live.standing().frames > live.standing().reads


def test_only_the_newest_frame_is_read():
    seen, gate = [], threading.Semaphore(0)

    def read(picture):
        seen.append(int(picture[0, 0, 0]))
        assert gate.acquire(timeout=10)
        return page("7")

    live = Live()
    live.ask("newest", read)
    live.show(frame(1))
    until(lambda: seen == [1])
    for value in (2, 3, 4):
        live.show(frame(value))
    gate.release(2)
    until(lambda: len(seen) == 2)
    assert seen == [1, 4]


def test_another_question_forgets_the_answer_and_what_is_read_for_the_old_one():
    started, free = threading.Event(), threading.Event()

    def old(_):
        started.set()
        assert free.wait(10)
        return page("7")

    live = Live()
    live.ask("old", old)
    live.show(frame())
    assert started.wait(10)
    live.ask("new", lambda _: page("3"))
    free.set()
    live.show(frame())
    until(lambda: live.standing().page is not None)
    assert live.standing().page.text == "3"


def test_what_goes_wrong_is_a_sentence_and_reading_goes_on(capsys):
    answers = iter([HwrError("No such character."), ZeroDivisionError(), page("7")])

    def read(_):
        answer = next(answers, page("7"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    live, told = Live(), []

    def tells(sentence):
        live.show(frame())
        told.append(live.standing().problem)
        return sentence in told[-1]

    live.ask("bad", read)
    until(lambda: tells("No such character."))
    until(lambda: tells("unforeseen"))
    until(lambda: live.standing().page is not None or tells("never"))
    assert live.standing().problem == ""
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_frozen_is_the_picture_that_was_read():
    live = Live()
    live.freeze()
    assert live.still is None
    live.ask("digits", lambda picture: page("7" if picture[0, 0, 0] == 200 else "3"))
    live.show(frame())
    until(lambda: live.standing().page is not None)
    live.ask("digits", None)  # the same question: nothing changes
    live.freeze()
    assert live.still.page.text == "7"
    assert (live.still.picture == 200).all()
    shown = live.show(frame(90))
    assert (shown == marked(frame(), page("7"))).all()
    live.ask("digits", None, mirrored=True)
    assert (live.show(frame(90)) == marked(frame(), page("7"), mirrored=True)).all()
    live.go_on()
    assert live.still is None
    assert (live.show(frame(90)) == marked(frame(90), page("7"), mirrored=True)).all()


def test_the_thread_ends_when_no_more_frames_come_and_begins_anew(monkeypatch):
    monkeypatch.setattr("hwr.live.stream.PATIENCE", 0.05)
    live = Live()
    live.ask("digits", lambda _: page("7"))
    live.show(frame())
    until(lambda: live.standing().page is not None)
    until(lambda: live._thread is None)
    live.ask("other", lambda _: page("3"))
    live.show(frame())
    until(lambda: live.standing().page is not None)
    assert live.standing().page.text == "3"
