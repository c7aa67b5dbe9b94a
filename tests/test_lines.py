"""Lines read at once: decoding against brute force, the networks' shapes, and the lines they learn from."""

import itertools
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hwr import checkpoint, unipen
from hwr.classes import WRITING
from hwr.drawing import page_png
from hwr.errors import HwrError
from hwr.lines import decode, hands
from hwr.lines.data import LINE_DATASETS, Lines, LineSource, load_lines
from hwr.lines.decode import align, alone, best_path, restrict, search
from hwr.lines.hands import Printed, Set, draw
from hwr.lines.letters import Letters, likely
from hwr.lines.network import LINE_MODELS, build_line, steps
from hwr.lines.reader import LineReader
from hwr.lines.score import OTHER_CASE, ctc, ctc_any_case
from hwr.lines.shapes import flag_nine, noughts, open_four, reach, slash
from hwr.lines.texts import NAMES, any_text, code, formula, number, phrase
from hwr.lines.words import OUTSIDE, WordList
from hwr.models import fused
from hwr.preprocess import ink, open_picture
from hwr.preprocess.strip import STRIP
from hwr.synthetic import glyphs, text_strokes


def spelled(text: str, classes: str, *, hold: int = 2, sure: float = 8.0) -> np.ndarray:
    """Logits that say a text: each character for `hold` steps, a blank before and after each."""
    path = [len(classes)]
    for char in text:
        path += [classes.index(char)] * hold + [len(classes)]
    logits = (np.eye(len(classes) + 1, dtype=np.float32) * sure)[path]
    logits[:, -1] += 1  # where nothing fits, the blank does best
    return logits


def collapse(path: tuple[int, ...], characters: str) -> str:
    runs = [place for place, _ in itertools.groupby(path)]
    return "".join(characters[place] for place in runs if place < len(characters))


def test_the_best_path_has_its_text_where_it_stands():
    characters, chances = restrict(spelled("boot", "abot "), "abot ")
    reading = best_path(chances, characters)
    assert reading.text == "boot"
    assert reading.spans == ((1, 3), (4, 6), (7, 9), (10, 12))
    assert min(reading.confidences) > 0.99


def test_the_search_finds_what_trying_every_path_finds(monkeypatch):
    monkeypatch.setattr(decode, "BEAM", 500)
    rng = np.random.default_rng(3)
    for _ in range(20):
        characters, chances = restrict(rng.normal(0, 2, (5, 4)).astype(np.float32), "abc")
        totals: dict[str, float] = {}
        for path in itertools.product(range(4), repeat=5):
            text = collapse(path, characters)
            totals[text] = np.logaddexp(totals.get(text, -np.inf), sum(chances[range(5), path]))
        wanted = sorted(totals, key=lambda text: -totals[text])[:3]
        found = search(chances, characters, count=3)
        assert [reading.text for reading in found] == wanted
        assert found[0].score == pytest.approx(totals[wanted[0]], abs=1e-4)


def test_the_alignment_is_the_likeliest_that_spells_the_text():
    rng = np.random.default_rng(5)
    for text in ("ab", "aa", "cab"):
        characters, chances = restrict(rng.normal(0, 2, (6, 4)).astype(np.float32), "abc")
        ways = [path for path in itertools.product(range(4), repeat=6) if collapse(path, characters) == text]
        best = max(ways, key=lambda path: sum(chances[range(6), path]))
        starts = [place for place, char in enumerate(best) if char < 3 and (place == 0 or best[place - 1] != char)]
        assert [start for start, _ in align(chances, characters, text, (0.0, 0.0)).spans] == starts


def test_the_chance_of_one_character_is_that_of_all_paths_that_say_it():
    chances = np.log(np.random.default_rng(4).dirichlet(np.ones(4), 5))  # three characters and the blank, five steps
    expected = np.zeros(3)
    for path in itertools.product(range(4), repeat=5):
        said = [char for char, _ in itertools.groupby(path) if char != 3]
        if len(said) == 1:
            expected[said[0]] += np.exp(chances[np.arange(5), path].sum())
    assert alone(chances) == pytest.approx(expected)
    assert 0 < expected.sum() < 1
    assert alone(chances[:0]) == pytest.approx(np.zeros(3))


@pytest.mark.parametrize("charset", ["a-z", "A-Za-z0-9", None])
def test_one_letter_alone_is_known_by_a_network_for_lines(charset):
    reader = LineReader(*checkpoint.load(checkpoint.find("lines")))
    inks = [ink(open_picture(page_png(char))) for char in "mhk"]
    characters, chances = reader.alone(inks, charset)
    assert chances.shape == (3, len(characters))
    assert " " not in characters
    assert chances.sum(1) == pytest.approx(1, abs=1e-4)
    assert [characters[place].lower() for place in chances.argmax(1)] == list("mhk")
    assert reader.alone([], charset)[1].size == 0


def test_a_charset_lets_nothing_else_out_and_joins_cases():
    logits = spelled("aB1", "aAbB1 ")
    characters, chances = restrict(logits, "aAbB1 ", "A-Z")
    assert characters == "AB "
    assert best_path(chances, characters).text == "AB"
    assert best_path(*restrict(logits, "aAbB1 ", "0-9")[::-1]).text == "1"
    assert np.allclose(np.exp(chances).sum(1), 1, atol=1e-4)
    with pytest.raises(HwrError, match="cannot read"):
        restrict(logits, "aAbB1 ", "xyz")


def test_a_word_list_turns_a_doubtful_letter():
    classes = "abcot "
    logits = spelled("cot", classes)
    logits[[3, 4], 0], logits[[3, 4], 3] = 7.5, 8.0  # o, hardly before a... at the second letter
    logits[[4, 5], 0], logits[[4, 5], 3] = 7.5, 8.0
    characters, chances = restrict(logits, classes)
    assert search(chances, characters)[0].text == "cot"
    assert search(chances, characters, words=WordList.of(["Cat", "tab"]))[0].text == "cat"
    words = WordList.of(["cat"])
    assert words.cost("cat,") == words.cost("12.50") == 0.0
    assert words.cost("cot") == words.cost("ca") == OUTSIDE


def test_a_word_list_goes_word_by_word_and_lets_numbers_and_names_pass():
    classes = "abcot0123 ,.'"
    words = WordList({"cat": 90, "cot": 1, "boat": 9, "o": 1})

    def read(text: str, *, doubt: str = "", place: int = 0) -> str:
        logits = spelled(text, classes)
        for char in doubt:  # at this character another one is about as likely
            logits[3 * place + 1 : 3 * place + 3, classes.index(char)] = 8.2
        return search(restrict(logits, classes)[1], classes, words=words)[0].text

    assert read("cat, boat.") == "cat, boat."
    assert read("cat cot", doubt="b", place=4) == "cat cot"
    assert read("cot", doubt="a", place=1) == read("cat", doubt="o", place=1) == "cat"  # the one that is used more
    assert read("120 cat") == "120 cat"
    assert read("tacob") == "tacob"  # surely written, so no list forbids it


def test_letters_that_follow_each_other_are_likelier():
    letters = Letters(["cat", "can", "cab", "at", "an", "tact"])
    assert letters.step("c", "a") < 0 < letters.step("c", "b")
    assert letters.step("the c", "a") == letters.step("C", "A") == letters.step("c", "a")
    assert letters.step("cat", " ") < letters.step("ca", ".")  # no word ends so
    assert letters.step("", "7") == letters.step("12", "3") == 0.0
    chances = [sum(np.exp(-letters.cost(before, char)) for char in "abcnt$") for before in ("", "c", "ca", "zz")]
    assert all(0.75 < chance <= 1 for chance in chances)  # the rest is for letters that no word has


def test_words_are_told_from_what_is_none():
    letters = Letters(["cat", "can", "cab", "tact"])
    assert letters.oddness("cat CAN") < letters.oddness("tnc bac")
    assert letters.oddness("cat 7") == letters.oddness("cat")  # what is in no word does not count
    assert letters.oddness("cat 1284") is letters.oddness("c a t") is letters.oddness("") is None


def test_a_doubtful_letter_is_read_as_words_are_spelled():
    classes, letters = "cadht ", Letters(["cat", "cats", "chat"])
    chances = np.full((6, 7), -12.0)
    for step, place in enumerate((0, 6, 1, 6, 4, 6)):
        chances[step, place] = 0.0
    chances[2, [1, 2]] = np.log([0.4, 0.6])
    chances -= np.logaddexp.reduce(chances, axis=1, keepdims=True)
    assert search(chances, classes)[0].text == "cdt"
    found = search(chances, classes, words=letters)[0]
    assert found.text == "cat"
    assert found.score == pytest.approx(np.log(0.4), abs=0.01)
    assert found.rank != found.score


def test_what_is_likely_has_a_name(monkeypatch):
    assert likely("none") is None
    assert likely("letters") is likely("letters") is not None
    assert isinstance(likely("French"), WordList)
    with pytest.raises(HwrError, match="no list of words"):
        likely("Klingon")
    monkeypatch.setitem(sys.modules, "spellchecker", None)
    Letters.of_language.cache_clear()
    assert likely("letters") is None


def test_lists_of_words_are_named_or_read_from_a_file(tmp_path):
    english = WordList.named("English")
    assert english is WordList.named("en")
    assert 40_000 < english.count <= 50_000
    assert english.cost("the") < english.cost("quay") < OUTSIDE <= english.cost("qxzzy")
    own = tmp_path / "own.txt"
    own.write_text("Qxzzy\nhwr\n")
    assert WordList.named(str(own)).cost("qxzzy") < OUTSIDE
    own.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HwrError, match="UTF-8"):
        WordList.named(str(own))
    own.write_text(" \n")
    with pytest.raises(HwrError, match="no words"):
        WordList.named(str(own))
    with pytest.raises(HwrError, match=r"no list of words .*English"):
        WordList.named("Klingon")
    own.write_text("x" * 8_000_001)
    with pytest.raises(HwrError, match="larger than"):
        WordList.named(str(own))


def test_a_mark_that_is_not_asked_for_is_nothing():
    logits = spelled("1.2", "12.")
    assert best_path(*restrict(logits, "12.", "0-9")[::-1]).text == "12"


def test_no_steps_are_no_text():
    characters, chances = restrict(np.zeros((1, 4), np.float32), "abc")
    assert search(chances[:0], characters)[0].text == ""
    assert best_path(chances[:0], characters).text == ""


@pytest.mark.parametrize("name", LINE_MODELS)
@pytest.mark.parametrize("width", [1, 5, 48, 203])
def test_a_network_gives_a_step_for_every_four_columns(name, width):
    model = build_line(name, 11).eval()
    with torch.inference_mode():
        assert model(torch.rand(2, 1, STRIP, width)).shape == (2, steps(width), 12)
    assert sum(parameter.numel() for parameter in model.parameters()) < 5_000_000


def test_an_unknown_network_is_named():
    with pytest.raises(HwrError, match="line-small"):
        build_line("deep", 10)


@pytest.fixture(scope="module")
def printed() -> Printed:
    def box(char: str) -> list[np.ndarray]:
        parts = [part for _, parts in text_strokes(char, seed=1, height=1.0) for part in parts]
        low = np.concatenate(parts).min(0)
        tall = max(np.ptp(np.concatenate(parts)[:, 1]), 0.3)
        return [(part - low) / tall for part in parts]

    return Printed.of(
        {char: [box(char)] for char in "abcdgHELO0123456789"}, ["HELLO", "bag", "a cab", "3.14"] * 8, alphabet=WRITING
    )


def test_printed_words_leave_ink_and_say_their_text(printed):
    for place in range(4):
        ink, text = printed.write(place, np.random.default_rng(place))
        assert text == printed.texts[place]
        assert ink.max() == 255
        assert ink.shape[1] > 0.8 * ink.shape[0]


def test_small_letters_are_lower_and_descenders_hang():
    assert reach("H") == (-1.0, 0.0)
    assert reach("a")[0] > -0.7
    assert reach("gH") == (-1.0, pytest.approx(0.3))


def test_batches_hold_every_line_once_and_are_of_like_widths(printed):
    lines = Lines([printed], WRITING, seed=2)
    plan = lines.plan(4, epoch=1)
    assert sorted(np.concatenate(plan).tolist()) == list(range(32))
    spread = np.mean([np.ptp(lines.aspects[batch]) for batch in plan])
    assert spread < np.ptp(lines.aspects) / 2
    assert not np.array_equal(np.concatenate(plan), np.concatenate(lines.plan(4, epoch=2)))


def test_a_batch_follows_from_the_seed_and_the_epoch_alone(printed):
    numbers = np.arange(6)
    first, again, other = (Lines([printed], WRITING, seed=2).batch(numbers, epoch) for epoch in (3, 3, 4))
    assert np.array_equal(first.strips, again.strips)
    assert first.texts == again.texts == [printed.texts[place] for place in range(6)]
    assert first.strips.shape != other.strips.shape or not np.array_equal(first.strips, other.strips)
    assert first.strips.shape[:2] == (6, STRIP)
    assert (first.widths <= first.strips.shape[2]).all()
    assert all(strip.max() > 60 for strip in first.strips)


def test_validation_lines_look_the_same_in_every_epoch(printed):
    lines = Lines([printed], WRITING, clean=True)
    assert np.array_equal(lines.batch(np.arange(3), 1).strips, lines.batch(np.arange(3), 9).strips)


def test_strings_of_a_datasets_glyphs():
    images, labels = glyphs("0123456789", 40, seed=1, framing="mnist")
    hand = Set.of(images, np.array(list("0123456789"))[labels], ["31", "0042"], alphabet="0123456789")
    ink, text = hand.write(1, np.random.default_rng(0))
    assert text == "0042"
    assert ink.max() > 200


def test_marks_stand_between_a_datasets_digits_and_what_an_alphabet_lacks_is_not_in_the_text():
    images, labels = glyphs("0123456789", 40, seed=1, framing="mnist")
    digits = np.array(list("0123456789"))[labels]
    hand = Set.of(images, digits, ["4/7", "47", "4 7", "9,5"], alphabet="0123456789/ ")
    widths = []
    for place in range(3):
        columns = [
            np.ptp(np.flatnonzero(hand.write(place, np.random.default_rng(seed))[0].max(1))) for seed in range(20)
        ]
        widths.append(float(np.mean(columns)))
    assert widths[0] > 1.1 * widths[1]  # a slash reaches above and below the digits
    assert widths[2] < 1.1 * widths[1]
    assert [hand.write(place, np.random.default_rng(0))[1] for place in range(4)] == ["4/7", "47", "4 7", "95"]


def test_a_slash_leans_to_the_right_and_is_as_high_as_a_digit_at_least():
    for seed in range(100):
        (stroke,) = slash(np.random.default_rng(seed))
        top, bottom = stroke[stroke[:, 1].argmin()], stroke[stroke[:, 1].argmax()]
        assert bottom[1] - top[1] > 0.99
        assert 0.39 < (top[0] - bottom[0]) / (bottom[1] - top[1]) < 1.01


def test_numbers_are_written_in_many_ways():
    rng = np.random.default_rng(0)
    some = [number(rng) for _ in range(300)]
    assert all(set(text) <= set(WRITING) and any(char.isdigit() for char in text) for text in some)
    assert sum(text.isdigit() for text in some) > 120
    assert len({char for text in some for char in text} - set("0123456789")) >= 5


def test_some_numbers_are_dates_times_telephones_and_sums_of_money():
    rng = np.random.default_rng(0)
    some = [number(rng) for _ in range(2000)]
    kinds = {
        "date": r"\d{1,2}([/.-])\d{1,2}\1(\d{2}){1,2}",
        "year first": r"\d{4}([/.-])\d{1,2}\1\d{1,2}",
        "fraction": r"\d{1,2}/\d{1,2}",
        "time": r"\d{2}:\d{2}",
        "telephone": r"\+?\d{2,4}(-\d{2,4})+",
        "area": r"\(\d{2,4}\)-.*",
        "money": r"[$€£] ?[\d.,' ]+|[\d.,' ]+ ?€",
        "percent": r"[\d.,' ]+ ?%",
        "brackets": r"\([\d.,' ]+\)",
    }
    found = {name: sum(bool(re.fullmatch(way, text)) for text in some) for name, way in kinds.items()}
    assert min(found.values()) >= 3, found
    assert found["date"] > 60


def test_every_character_that_is_told_apart_can_be_drawn():
    rng = np.random.default_rng(0)
    for char in WRITING.strip():
        assert all(np.isfinite(part).all() for part in hands.printed(char, rng)), char


def test_formulas_are_sums_and_equations_with_and_without_names():
    rng = np.random.default_rng(0)
    some = [formula(rng).replace(" ", "") for _ in range(300)]
    assert all(set(text) <= set(NAMES + "0123456789+-/=") for text in some)
    assert all(re.fullmatch(r"-?([\da-z]+[-+/])+[\da-z]+(=-?\d+)?", text) for text in some)
    named = [any(map(str.isalpha, text)) for text in some]
    assert 0.3 < np.mean(named) < 0.8
    assert 0.7 < np.mean(["=" in text for text in some]) < 1


def test_letters_that_make_no_word_are_as_likely_as_one_another():
    rng = np.random.default_rng(0)
    some = [code("AJQajq", rng) for _ in range(600)]
    assert all(text.isupper() or text.islower() for text in some)
    assert {len(text) for text in some} == set(range(2, 7))
    capitals = "".join(filter(str.isupper, some))
    assert all(0.28 < capitals.count(char) / len(capitals) < 0.39 for char in "AJQ")
    assert set(code("ab", rng)) <= set("ab")  # there are no capitals
    assert any(phrase(["word"], "XZ", rng).strip("XZ") == "" for _ in range(20))


def test_a_text_may_be_any_of_them():
    rng = np.random.default_rng(0)
    some = [any_text(["word"], "J", rng) for _ in range(300)]
    assert any("=" in each for each in some)
    assert any("JJ" in each for each in some)
    assert any("word" in each.casefold() for each in some)
    assert any(each.isdigit() for each in some)


def test_signs_vary_in_size_and_letters_do_not():
    rng = np.random.default_rng(0)
    heights = {char: [np.ptp(np.concatenate(hands.printed(char, rng))[:, 1]) for _ in range(40)] for char in "+A"}
    assert np.std(heights["+"]) / np.mean(heights["+"]) > 0.15
    assert np.std(heights["A"]) / np.mean(heights["A"]) < 0.1


def test_digits_are_written_in_the_ways_of_the_world():
    stem = [np.array([[0.0, 0.0], [0.0, 1.0]])]
    pool = {char: [stem] for char in "0123456789gq"}
    digits, letters = (Printed.of(pool, ["7", "1000", "9"], alphabet=alphabet) for alphabet in ("0123456789", "09q"))
    seeds = range(200)
    crossed = [len(digits._character("7", np.random.default_rng(seed), {})) == 2 for seed in seeds]
    assert 0.3 < np.mean(crossed) < 0.5
    for _, parts in zip(
        seeds, (digits._character("7", np.random.default_rng(seed), {}) for seed in seeds), strict=True
    ):
        if len(parts) == 2:
            y = parts[1][:, 1].mean()
            assert parts[0][:, 1].min() < y < parts[0][:, 1].max()
    asked = []
    watched = {char: Watch(char, ways, asked) for char, ways in pool.items()}
    for hand, lent in ((digits, True), (letters, False)):
        hand.pool, asked[:] = watched, []
        for seed in seeds:
            hand._character("9", np.random.default_rng(seed), {})
        assert ("q" in asked) == lent
    heights = [np.ptp(np.concatenate(noughts(np.random.default_rng(seed)))[:, 1]) for seed in seeds]
    assert max(heights) < 1


def test_a_hasty_four_is_open_with_a_low_bar_and_a_short_stem():
    for seed in range(50):
        parts = open_four(np.random.default_rng(seed))
        every = np.concatenate(parts)
        assert every[:, 1].min() == pytest.approx(-1, abs=0.11)  # as high as any digit, on the line
        assert -0.05 < every[:, 1].max() < 0.13
        corner = parts[0][2]
        assert -0.45 < corner[1] < -0.05  # low, where others have it in the middle
        assert parts[-1][-3:, 1].min() < corner[1] - 0.1  # it crosses the bar
    assert {len(open_four(np.random.default_rng(seed))) for seed in range(20)} == {1, 2}


def test_a_nine_with_a_flag_has_its_ring_on_the_right_of_its_stem():
    for seed in range(50):
        (stroke,) = flag_nine(np.random.default_rng(seed))
        assert stroke[:, 1].min() >= -1.001
        assert stroke[:, 1].max() == 0
        ring = stroke[2:]
        assert ring[:, 1].max() < -0.3  # its ring stands above
        assert ring[:, 0].max() > 0.15


@pytest.mark.parametrize(("alphabet", "flagged"), [("0123456789", True), ("0123456789P", False)])
def test_a_nine_like_a_p_is_written_only_where_no_letter_is_read(alphabet, flagged, monkeypatch):
    pool = {"9": [[np.zeros((2, 2))]]}
    written = Printed.of(pool, ["9"], alphabet=alphabet)
    monkeypatch.setattr(hands, "flag_nine", lambda rng: "a flag")
    some = [written._character("9", np.random.default_rng(seed), {}) for seed in range(300)]
    assert (sum(each == "a flag" for each in some if isinstance(each, str)) > 15) == flagged


def test_some_lines_are_all_in_one_writers_hand():
    stem, bow = [np.array([[0.0, 0.0], [0.0, 1.0]])], [np.array([[0.0, 0.0], [0.6, 0.5], [0.0, 1.0]])]
    asked = []
    writers = [{char: Watch(name, [stem], asked) for char in "35"} for name in "ab"]
    pool = {char: Watch("any", [bow], asked) for char in "3568"}
    hand = Printed.of(pool, ["353538"], alphabet="358", writers=writers)
    whose = []
    for seed in range(100):
        asked.clear()
        hand.write(0, np.random.default_rng(seed))
        whose.append(tuple(asked))
    alone = [names for names in whose if set(names) - {"any"}]
    assert 40 < len(alone) < 80
    assert {names[0] for names in alone} == {"a", "b"}
    assert all(len(set(names) - {"any"}) == 1 for names in alone)


class Watch(list):
    """Ways to write a character that tell when they are used."""

    def __init__(self, char, ways, asked):
        super().__init__(ways)
        self.char, self.asked = char, asked

    def __getitem__(self, place):
        self.asked.append(self.char)
        return super().__getitem__(place)


def test_strokes_of_any_unit_are_drawn_at_one_size():
    strokes = [part for _, parts in text_strokes("Hand", seed=1, height=1.0) for part in parts]
    sizes = {draw([part * unit for part in strokes], np.random.default_rng(4)).shape for unit in (0.01, 1, 300)}
    assert len(sizes) == 1


def test_no_pen_blots_out_the_letters_of_a_long_word():
    word = [np.stack([np.linspace(0, 4, 50), np.tile([0.0, 1.0], 25)], 1)]
    inks = [draw(word, np.random.default_rng(seed), widest=0.24 / 20) for seed in range(30)]
    free = [draw(word, np.random.default_rng(seed)) for seed in range(30)]
    assert max((ink > 127).mean() for ink in free) > 0.7
    assert max((ink > 127).mean() for ink in inks) < 0.55
    assert any(np.array_equal(a, b) for a, b in zip(inks, free, strict=True))  # thin pens are as they were


def test_a_word_written_in_the_other_case_costs_little_more_than_the_chance_of_a_wrong_label():
    classes = "ABab"
    capitals = torch.full((1, 4, 5), -9.0)
    for step, place in enumerate((0, 4, 1, 4)):
        capitals[0, step, place] = 9.0
    right, other, wrong = (float(ctc_any_case(capitals, [4], [text], classes)) for text in ("AB", "ab", "ba"))
    assert right < 0.01
    assert other == pytest.approx(-np.log(OTHER_CASE), abs=0.1)
    assert wrong > 10
    assert float(ctc(capitals, [4], ["ab"], classes)) > 10
    single = float(ctc_any_case(capitals[:, :2], [2], ["a"], classes))
    assert single > 10  # the case of one letter alone is what its label says
    assert float(ctc_any_case(capitals[:, :1], [1], ["ab"], classes)) == 0  # too long for its line


def test_an_unknown_dataset_of_lines_is_named():
    with pytest.raises(HwrError, match="unipen-words"):
        load_lines("words", LineSource("train", Path(), WRITING))


@pytest.mark.data
@pytest.mark.parametrize("name", LINE_DATASETS)
def test_real_lines(name, data_dir):
    source = LineSource("test", data_dir, WRITING, limit=40)
    lines = load_lines(name, source)
    lines.clean = True
    batch = lines.batch(np.arange(8), 0)
    assert all(strip.max() > 100 for strip in batch.strips)
    assert all(len(text) > 0 and set(text) <= set(WRITING) for text in batch.texts)


@pytest.mark.data
def test_no_writer_is_in_both_parts(data_dir):
    names = []
    for part in ("train", "test"):
        hand = load_lines("unipen-words", LineSource(part, data_dir, WRITING)).hands[0]
        names.append({writer.partition("/")[2].lower() for writer in hand.samples.writers[hand.chosen].tolist()})
    assert names[0]
    assert names[1]
    assert not names[0] & names[1]


@pytest.mark.data
def test_joined_datasets_read_each_file_once(data_dir, monkeypatch):
    files, whole = [], unipen.read
    monkeypatch.setattr(unipen, "read", lambda folder, kind: files.append(kind) or whole(folder, kind))
    names = ["unipen-words", "unipen-joined", "unipen-printed", "unipen-numbers"]
    lines = load_lines("+".join(names), LineSource("test", data_dir, WRITING, limit=20))
    assert sorted(files) == sorted(["words", *unipen.KINDS])
    alone = [load_lines(name, LineSource("test", data_dir, WRITING, limit=20)).hands[0] for name in names]
    for hand, same in zip(lines.hands, alone, strict=True):
        assert np.array_equal(hand.aspects, same.aspects)
        (one, text), (two, again) = (some.write(3, np.random.default_rng(1)) for some in (hand, same))
        assert text == again
        assert np.array_equal(one, two)


@pytest.mark.parametrize("name", list(LINE_MODELS))
def test_a_network_to_read_with_says_the_same(name):
    model = build_line(name, 12)
    model.train()
    model(torch.rand(4, 1, STRIP, 60))  # normalisation has something to do
    model.eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    quick = fused(model)
    with torch.inference_mode():
        strips = torch.rand(2, 1, STRIP, 90)
        assert torch.allclose(quick(strips), model(strips), atol=1e-4)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in quick.modules())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_words_of_a_datasets_letters_stand_where_their_characters_do():
    images, labels = glyphs("xgH", 60, seed=1, framing="emnist")
    hand = Set.of(images, np.array(list("xgH"))[labels], ["HxH", "HgH", "xx H"], alphabet="xgH ")
    tall = [
        np.flatnonzero(hand.write(number, np.random.default_rng(seed))[0].max(1))
        for seed in range(8)
        for number in (0, 1)
    ]
    reach_of = [rows[-1] - rows[0] for rows in tall]
    assert np.mean(reach_of[1::2]) > 1.1 * np.mean(reach_of[::2])  # a g hangs below the line
    ink, text = hand.write(2, np.random.default_rng(0))
    used = np.flatnonzero(ink.max(0))
    assert text == "xx H"
    assert np.diff(used).max() > 15  # the space
