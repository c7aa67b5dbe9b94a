"""Pages corrected by a person: boxes, reading order, edited text matched to glyphs, history."""

import random
import time

import pytest

from hwr import edit
from hwr.edit.text import alignment
from hwr.errors import HwrError
from hwr.results import Glyph, Line, Page, Word

WIDTH, HEIGHT = 1400, 2600


def page_of(text: str, *, slant: float = 0.0) -> Page:
    """A page as read: characters 20 wide and 30 high, 8 apart, words 40 apart, lines 60 apart, falling by `slant`."""
    lines = []
    for row, line in enumerate(text.split("\n")):
        x, words = 50, []
        for word in line.split(" "):
            glyphs = []
            for char in word:
                y = 40 + 60 * row + round(slant * x)
                glyphs.append(Glyph(char, 0.9, (x, y, x + 20, y + 30), ((char, 0.9), ("?", 0.1))))
                x += 28
            words.append(Word(tuple(glyphs)))
            x += 32
        lines.append(Line(tuple(words)))
    return edit.numbered(Page(tuple(lines), WIDTH, HEIGHT))


def number(page: Page, char: str) -> int:
    return next(glyph.number for glyph in page.glyphs if glyph.char == char)


def box(page: Page, char: str) -> tuple[int, int, int, int]:
    return next(glyph.box for glyph in page.glyphs if glyph.char == char)


def test_a_relabelled_glyph_is_sure_and_marked_and_keeps_what_the_network_said():
    page = page_of("ab cd\nef")
    new = edit.relabelled(page, number(page, "c"), "C")
    assert new.text == "ab Cd\nef"
    glyph = edit.glyph_of(new, number(page, "c"))
    assert (glyph.confidence, glyph.corrected, glyph.alternatives[0][0]) == (1.0, True, "c")
    assert glyph.to_dict()["corrected"] is True
    assert "corrected" not in page.glyphs[0].to_dict()
    assert [one for one in new.glyphs if not one.corrected] == [one for one in page.glyphs if one.char != "c"]
    assert page.text == "ab cd\nef"


def test_a_confirmed_glyph_is_corrected_too():
    page = page_of("a")
    assert edit.relabelled(page, 1, "a").glyphs[0].corrected


@pytest.mark.parametrize("char", ["", " ", "ab", "\n", "\u0301", "\x07", "7 8"])
def test_what_is_no_character_is_refused(char):
    with pytest.raises(HwrError, match="one character"):
        edit.relabelled(page_of("a"), 1, char)


def test_a_character_is_composed_and_may_carry_marks():
    assert edit.checked_char("e\u0301") == "\u00e9"
    assert edit.checked_char(" q\u0307\u0301 ") == "q\u0307\u0301"


def test_a_glyph_that_is_gone_is_a_sentence():
    with pytest.raises(HwrError, match="deleted"):
        edit.relabelled(page_of("a"), 9, "b")


BAD_BOXES = {
    "left of the picture": (-30, 10, 0, 40),
    "below it": (10, HEIGHT, 40, HEIGHT + 9),
    "no width": (10, 10, 10, 40),
    "no height": (10, 10, 40, 10.2),
    "no number": (float("nan"), 10, 40, 40),
    "endless": (0, 0, float("inf"), 40),
    "three sides": (1, 2, 3),
    "text": ("1", 2, 3, 4),
}


@pytest.mark.parametrize("name", BAD_BOXES)
def test_a_box_that_cannot_be_is_a_sentence(name):
    with pytest.raises(HwrError, match="box"):
        edit.moved(page_of("a"), 1, BAD_BOXES[name])


def test_a_box_is_cut_to_the_picture_and_may_be_drawn_backwards():
    page = page_of("a")
    assert edit.checked_box(page, (WIDTH - 10, -20, WIDTH + 40, 30)) == (WIDTH - 10, 0, WIDTH, 30)
    assert edit.checked_box(page, (60, 80, 20.4, 30.6)) == (20, 31, 60, 80)


def test_a_moved_glyph_stays_in_its_word():
    page = page_of("abc de")
    x0, y0, x1, y1 = box(page, "b")
    new = edit.moved(page, number(page, "b"), (x0 + 3, y0 - 9, x1 + 6, y1 - 9))
    assert new.text == page.text
    assert box(new, "b") == (x0 + 3, y0 - 9, x1 + 6, y1 - 9)
    assert edit.moved(new, number(page, "b"), box(page, "b")) == page


def test_a_glyph_moved_elsewhere_is_read_there():
    page = page_of("abc\ndef")
    x0, y0, x1, y1 = box(page, "e")
    assert edit.moved(page, number(page, "a"), (x0 + 15, y0, x1 + 15, y1)).text == "bc\ndeaf"
    assert edit.moved(page, number(page, "a"), (x0, 400, x1, 430)).text == "bc\ndef\na"
    assert edit.moved(page, number(page, "d"), (400, 40, 420, 70)).text == "abc d\nef"


def test_a_small_mark_keeps_its_line_when_it_is_nudged():
    page = edit.put(page_of("ab\ncd"), Glyph(".", 0.8, (104, 66, 108, 70)))
    assert page.text == "ab.\ncd"
    assert edit.moved(page, number(page, "."), (105, 69, 109, 73)).text == "ab.\ncd"


@pytest.mark.parametrize("slant", [0.0, 0.12, -0.04])
@pytest.mark.parametrize("text", ["abc def\nghi jk l\nm n\nopqrst", "a", "ab c\nd", "abcdefghijklmnop\nq"])
def test_every_glyph_taken_out_and_put_back_gives_the_same_page(text, slant):
    page = page_of(text, slant=slant)
    for glyph in page.glyphs:
        alone = any(line.glyphs == (glyph,) or (glyph,) in [word.glyphs for word in line.words] for line in page.lines)
        back = edit.put(edit.deleted(page, [glyph.number]), glyph)
        assert back == page or (alone and back.text == page.text)


def test_added_glyphs_join_the_word_that_they_are_near():
    page = page_of("ab cd")
    b, c = box(page, "b"), box(page, "c")
    near = edit.by_hand("x", (b[2] + 4, b[1], b[2] + 14, b[3]))
    assert edit.put(page, near).text == "abx cd"
    between = edit.by_hand("x", (b[2] + 8, b[1], c[0] - 8, c[3]))
    assert edit.put(page, between).text == "abxcd"
    assert edit.put(page, edit.by_hand("x", (600, c[1], 620, c[3]))).text == "ab cd x"
    assert edit.put(page, edit.by_hand("x", (2, c[1], 12, c[3]))).text == "x ab cd"


def test_added_glyphs_open_lines_of_their_own():
    page = page_of("ab\ncd")
    assert edit.put(page, edit.by_hand("x", (50, 2, 70, 32))).text == "x\nab\ncd"
    assert edit.put(page, edit.by_hand("x", (50, 300, 70, 330))).text == "ab\ncd\nx"
    assert edit.put(Page((), 100, 100), edit.by_hand("x", (10, 10, 20, 30))).text == "x"


def test_a_line_is_added_in_its_column():
    left, right = page_of("ab\ncd"), page_of("ef\ngh")
    moved = [
        Line(
            tuple(
                Word(
                    tuple(edit.by_hand(g.char, (g.box[0] + 500, g.box[1], g.box[2] + 500, g.box[3])) for g in w.glyphs)
                )
                for w in line.words
            )
        )
        for line in right.lines
    ]
    page = edit.numbered(Page((*left.lines, *moved), WIDTH, HEIGHT))
    assert edit.put(page, edit.by_hand("x", (60, 200, 80, 230))).text == "ab\ncd\nx\nef\ngh"
    assert edit.put(page, edit.by_hand("y", (560, 200, 580, 230))).text == "ab\ncd\nef\ngh\ny"
    assert edit.put(page, edit.by_hand("z", (620, 40, 640, 70))).text.split("\n")[2].endswith("z")


def test_deleted_glyphs_take_empty_words_and_lines_with_them():
    page = page_of("a b\nc")
    assert edit.deleted(page, [number(page, "b")]).text == "a\nc"
    assert edit.deleted(page, [number(page, "c"), 99]).text == "a b"
    assert edit.deleted(page, [1, 2, 3]).lines == ()


def test_joined_glyphs_are_one_around_them_all():
    page = page_of("am b")
    new = edit.joined(edit.relabelled(page, number(page, "a"), "x"), [number(page, "a"), number(page, "m")])
    assert new.text == "x b"
    glyph = new.glyphs[0]
    assert glyph.box == (box(page, "a")[0], 40, box(page, "m")[2], 70)
    assert (glyph.number, glyph.corrected) == (number(page, "a"), False)
    with pytest.raises(HwrError, match="deleted"):
        edit.joined(page, [1, 9])


def test_a_cut_glyph_is_several_in_its_word():
    page = page_of("am b")
    x0, y0, x1, y1 = box(page, "m")
    new = edit.cut(page, 2, [(x0, y0, x0 + 9, y1), (x0 + 9, y0, x1, y1)], [2, 7])
    assert [(glyph.char, glyph.number) for glyph in new.glyphs] == [("a", 1), ("m", 2), ("m", 7), ("b", 3)]
    assert [len(word.glyphs) for word in new.lines[0].words] == [3, 1]
    assert new.glyphs[1].confidence == 0


def test_what_is_read_anew_keeps_its_box_and_what_a_person_said():
    page = edit.relabelled(page_of("abc"), 2, "x")
    asked = []

    def read(boxes):
        asked.extend(boxes)
        return [Glyph("7", 0.6, (0, 0, 1, 1), (("7", 0.6),)) for _ in boxes]

    new = edit.read_anew(page, [1, 2], read)
    assert asked == [box(page, "a")]
    assert new.text == "7xc"
    assert (new.glyphs[0].box, new.glyphs[0].number, new.glyphs[0].confidence) == (box(page, "a"), 1, 0.6)


def test_the_same_text_gives_the_same_page():
    page = page_of("ab cd\nef")
    assert edit.with_text(page, page.text) is page
    assert edit.with_text(page, "  ab   cd \n\n ef\n") is page
    assert edit.with_text(edit.with_text(page, "ab cd\nxf"), "ab cd\nef").text == page.text


def test_a_replaced_character_relabels_its_glyph():
    page = page_of("ab cd\nef")
    new = edit.with_text(page, "ab xd\nef")
    assert box(new, "x") == box(page, "c")
    changed = [glyph for glyph in new.glyphs if glyph.corrected]
    assert [(g.char, g.confidence, g.number, g.alternatives[0][0]) for g in changed] == [
        ("x", 1.0, number(page, "c"), "c")
    ]
    assert [g for g in new.glyphs if not g.corrected] == [g for g in page.glyphs if g.char != "c"]


def test_a_deleted_character_deletes_its_glyph():
    page = page_of("ab cd\nef")
    assert edit.with_text(page, "a cd\nef") == edit.deleted(page, [number(page, "b")])
    assert edit.with_text(page, "ab cd") == edit.deleted(page, [number(page, char) for char in "ef"])
    assert edit.with_text(page, " \n").lines == ()


def test_spaces_and_line_breaks_split_and_join():
    page = page_of("ab cd\nef")
    for text in ("abcd\nef", "a b cd\nef", "ab\ncd\nef", "ab cd ef", "abcdef", "a\nb\nc\nd\ne\nf"):
        new = edit.with_text(page, text)
        assert new.text == text
        assert new.glyphs == page.glyphs
        assert edit.with_text(new, page.text) == page


def test_characters_that_touch_share_their_box_and_broken_ones_join_theirs():
    page = page_of("am b")
    x0, y0, x1, y1 = box(page, "m")
    cut = edit.with_text(page, "arn b")
    assert [glyph.box for glyph in cut.glyphs[1:3]] == [(x0, y0, x0 + 10, y1), (x0 + 10, y0, x1, y1)]
    joined = edit.with_text(page, "d b")
    assert joined.glyphs[0].box == (box(page, "a")[0], y0, x1, y1)
    assert joined.glyphs[0].number == number(page, "a")


def test_an_added_character_stands_in_the_gap():
    page = page_of("ab cd")
    between = edit.with_text(page, "ab x cd")
    left, right = box(page, "b")[2], box(page, "c")[0]
    assert left <= box(between, "x")[0] < box(between, "x")[2] <= right
    assert box(between, "x")[1::2] == box(page, "b")[1::2]
    end = edit.with_text(page, "ab cdyz")
    assert box(page, "d")[2] <= box(end, "y")[0] < box(end, "z")[0] < WIDTH
    begin = edit.with_text(page, "xab cd")
    assert 0 <= box(begin, "x")[0] < box(begin, "x")[2] <= box(page, "a")[0]


def test_an_added_character_covers_its_neighbours_where_there_is_no_gap():
    tight = Page(
        (Line((Word(tuple(Glyph(c, 0.9, (50 + 20 * i, 40, 70 + 20 * i, 70)) for i, c in enumerate("abc"))),)),), 200, 99
    )
    new = edit.with_text(edit.numbered(tight), "axbc")
    x0, _, x1, _ = box(new, "x")
    assert x1 - x0 >= 6
    assert x0 < 70 < x1


def test_added_lines_stand_between_above_and_below():
    page = page_of("ab\ncd")
    new = edit.with_text(page, "xy\nab\nzz\ncd\nno p")
    tops = [line.box[1] for line in new.lines]
    assert tops == sorted(tops)
    assert new.lines[0].box[3] <= box(page, "a")[1]
    assert box(page, "a")[3] <= new.lines[2].box[1] < new.lines[2].box[3] <= box(page, "c")[1]
    assert new.lines[4].box[1] >= box(page, "c")[3]


@pytest.mark.parametrize("size", [(1, 1), (30, 400), (2000, 20), (900, 560)])
def test_text_can_be_typed_on_a_blank_page_of_any_size(size):
    page = edit.with_text(Page((), *size), "Dear Ada,\nall is well.\n\nYours")
    assert page.text == "Dear Ada,\nall is well.\nYours"
    for glyph in page.glyphs:
        assert edit.checked_box(page, glyph.box) == glyph.box


def test_any_edit_of_any_text_gives_that_text_with_boxes_inside_the_picture():
    rng = random.Random(5)
    alphabet = "abcXYZ019.,-  \n\u00e9"
    for _ in range(300):
        old = edit.tidied("".join(rng.choices(alphabet, k=rng.randint(1, 40))))
        if not old:
            continue
        text = list(old)
        for _ in range(rng.randint(1, 12)):
            at = rng.randint(0, len(text))
            text[at : at + rng.choice([0, 0, 1, 2])] = rng.choices(alphabet, k=rng.randint(0, 3))
        page = page_of(old)
        new = edit.with_text(page, "".join(text))
        assert new.text == edit.tidied("".join(text))
        assert all(edit.checked_box(new, glyph.box) == glyph.box for glyph in new.glyphs)
        assert edit.with_text(new, new.text) is new
        numbers = [glyph.number for glyph in edit.numbered(new).glyphs]
        assert len(set(numbers)) == len(numbers)
        assert edit.with_text(new, old).text == old


def test_what_cannot_be_seen_is_left_out_of_a_text():
    assert edit.tidied("a\u200bb\tc \x07\r\n\u0301x\n") == "ab c\nx"


def test_a_text_beyond_all_measure_is_refused():
    with pytest.raises(HwrError, match="at the most"):
        edit.with_text(page_of("a"), "x" * 20_000)


def test_a_long_page_is_matched_in_a_moment():
    rng = random.Random(1)
    old = edit.tidied("".join(rng.choices("abcdefgh    \n", k=4000)))
    new = edit.tidied("".join(rng.choices("abcdefgh    \n", k=4000)))
    begin = time.process_time()
    assert edit.with_text(page_of(old), new).text == new
    assert time.process_time() - begin < 5


def test_the_alignment_is_a_cheapest_one():
    def cost(steps, a, b):
        total = 0
        for i, j in steps:
            if i is None or j is None:
                total += 1 if (a[i] if j is None else b[j]).isspace() else 2
            elif a[i] != b[j]:
                total += (
                    9
                    if a[i].isspace() != b[j].isspace()
                    else 1
                    if a[i].casefold() == b[j].casefold() or a[i].isspace()
                    else 2
                )
        return total

    assert alignment("kitten", "sitting") == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (None, 6)]
    assert cost(alignment("ab cd", "abcd"), "ab cd", "abcd") == 1
    assert cost(alignment("aB", "Ab"), "aB", "Ab") == 2
    rng = random.Random(3)
    for _ in range(200):
        a, b = ("".join(rng.choices("aAb \n", k=rng.randint(0, 7))) for _ in range(2))
        steps = alignment(a, b)
        assert [i for i, _ in steps if i is not None] == list(range(len(a)))
        assert [j for _, j in steps if j is not None] == list(range(len(b)))
        assert cost(steps, a, b) == least(a, b)


def least(a: str, b: str) -> int:
    """The least cost, by recursion."""
    if not a or not b:
        return sum(1 if char.isspace() else 2 for char in a + b)
    x, y = a[0], b[0]
    change = (
        0 if x == y else 9 if x.isspace() != y.isspace() else 1 if x.isspace() or x.casefold() == y.casefold() else 2
    )
    drop, add = (1 if char.isspace() else 2 for char in (x, y))
    return min(change + least(a[1:], b[1:]), drop + least(a[1:], b), add + least(a, b[1:]))


def test_edits_are_undone_redone_and_taken_back_to_what_was_read():
    history = edit.History(page_of("abc"))
    assert not history.edited
    assert not history.push(history.page)
    history.push(edit.relabelled(history.page, 1, "x"))
    history.push(edit.deleted(history.page, [2]))
    assert (history.page.text, history.edited, history.can_undo, history.can_redo) == ("xc", True, True, False)
    history.undo()
    assert (history.page.text, history.can_redo) == ("xbc", True)
    history.redo()
    assert history.page.text == "xc"
    history.undo()
    history.push(edit.relabelled(history.page, 3, "z"))
    assert (history.page.text, history.can_redo) == ("xbz", False)
    history.restore()
    assert (history.page.text, history.edited) == ("abc", False)
    history.undo()
    assert history.page.text == "xbz"


def test_numbers_are_never_given_twice():
    history = edit.History(page_of("ab"))
    history.push(edit.deleted(history.page, [2]))
    history.push(edit.with_text(history.page, "ax"))
    assert [glyph.number for glyph in history.page.glyphs] == [1, 3]


def test_a_page_read_again_keeps_the_edits_to_go_back_to():
    history = edit.History(page_of("ab"))
    history.push(edit.relabelled(history.page, 1, "x"))
    history.read_again(page_of("cd"))
    assert (history.page.text, history.edited) == ("cd", False)
    history.undo()
    assert (history.page.text, history.edited) == ("xb", True)
    history.restore()
    assert history.page.text == "cd"


def test_the_history_has_an_end():
    history = edit.History(page_of("a"))
    for _ in range(150):
        history.push(edit.relabelled(history.page, 1, "b"))
        history.push(edit.relabelled(history.page, 1, "c"))
    assert len(history.pages) <= 201
    history.restore()
    assert history.page.text == "a"
