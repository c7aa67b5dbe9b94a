"""Character sets, charsets and how classes stand for each other."""

import numpy as np
import pytest

from hwr.classes import BYCLASS, DIGITS, LETTERS, MERGED, charset_matrix, fold, parse_charset, remap, resolve
from hwr.errors import HwrError


def test_sizes_of_the_sets():
    assert [len(DIGITS), len(LETTERS), len(MERGED), len(BYCLASS)] == [10, 26, 47, 62]


@pytest.mark.parametrize(
    ("charset", "chars"),
    [
        ("0-9", DIGITS),
        ("A-Ca-c", "ABCabc"),
        ("-0-2", "-012"),
        ("0-2-", "012-"),
        ("a-", "a-"),
        ("-", "-"),
        ("aab", "ab"),
        ("0-9A-Z", DIGITS + LETTERS),
    ],
)
def test_parse_charset(charset, chars):
    assert parse_charset(charset) == chars


@pytest.mark.parametrize("charset", ["", "9-0", "\u0000-\uffff", 7, 0, None, ["0", "1"], b"0-9"])
def test_bad_charset_is_a_sentence(charset):
    with pytest.raises(HwrError, match="charset"):
        parse_charset(charset)


def test_resolve_takes_names_and_charsets():
    assert resolve("bymerge") == MERGED
    assert resolve("x-z") == "xyz"


def test_fold_prefers_the_character_itself():
    assert [fold("a", MERGED), fold("c", MERGED), fold("C", MERGED), fold("?", MERGED)] == ["a", "C", "C", None]


def test_remap_joins_cases_and_drops_what_is_not_there():
    assert remap("aCc5", LETTERS).tolist() == [0, 2, 2, -1]


def test_charset_matrix_masks_and_folds():
    characters, matrix = charset_matrix(MERGED, "A-Z")
    assert characters == LETTERS
    assert matrix[MERGED.index("a"), 0] == matrix[MERGED.index("A"), 0] == 1
    assert not matrix[:10].any()
    assert matrix.sum() == 26 + 11


def test_a_merged_class_answers_in_the_case_that_was_asked_for():
    characters, matrix = charset_matrix(MERGED, "a-z")
    assert set(characters) == set(LETTERS.lower())
    assert matrix[MERGED.index("C"), characters.index("c")] == 1


def test_both_cases_allowed_keep_their_own_class():
    characters, matrix = charset_matrix(BYCLASS, "Aa")
    assert characters == "Aa"
    assert np.array_equal(matrix[[BYCLASS.index("A"), BYCLASS.index("a")]], np.eye(2))


def test_charset_that_the_model_lacks_is_a_sentence():
    with pytest.raises(HwrError, match="cannot read any"):
        charset_matrix(DIGITS, "A-Z")
