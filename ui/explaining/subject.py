"""A glyph to explain, and what is made of it: cached for all visitors, by the weights and the glyph."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from hwr.data import data_folder
from hwr.results import Glyph
from ui.models import Choice, recognizer

if TYPE_CHECKING:
    from PIL.Image import Image

    from hwr.explain import Index, Layer, Neighbour
    from hwr.recognize import Recognizer

MAPS = 24  # of a layer shown at most
LIKE = 10  # training pictures shown
HELD = 3  # indexes, some 30 MB each


@dataclass(frozen=True, eq=False)
class Subject:
    """A glyph to explain: the file of the weights that read it, its 28 x 28, the charset that it was read with, and what
    stands for it on the page."""

    weights: Path
    image: np.ndarray
    charset: str | None = None
    shown: str = ""

    @classmethod
    def of(cls, choice: Choice, glyph: Glyph | None) -> Subject | None:
        """A glyph as a choice has read it; None without one."""
        if glyph is None or glyph.image is None:
            return None
        return cls(choice.weights(), glyph.image, choice.charset, glyph.char)

    @property
    def modified(self) -> int:
        return self.weights.stat().st_mtime_ns

    @property
    def reader(self) -> Recognizer:
        return recognizer(self.weights, self.modified)

    @property
    def mark(self) -> tuple[str, int, bytes]:
        """What tells it from others in a cache."""
        return str(self.weights), self.modified, self.image.tobytes()

    def read(self) -> Glyph:
        """What the network for characters makes of the glyph alone."""
        (found,) = self.reader.glyphs(self.image[None], [(0, 0, 28, 28)], self.charset)
        return found


@st.cache_data(max_entries=20, show_spinner=False)
def layers_of(weights: str, modified: int, _subject: Subject) -> list[Layer]:
    """The layers of its network that give maps."""
    from hwr.explain import layers

    return layers(_subject.reader)


@st.cache_data(max_entries=50, show_spinner=False)
def added(mark: tuple, char: str, _subject: Subject) -> tuple[np.ndarray, tuple[float, float]]:
    """What each pixel adds, smoothed, and the chance of the character without and with the glyph."""
    from hwr.explain import attributions
    from hwr.explain.gradients import smoothed

    found = attributions(_subject.reader, _subject.image, char)
    both = np.stack([np.zeros_like(_subject.image), _subject.image])
    characters, chances = _subject.reader.predict(both)
    places = [place for place, each in enumerate(characters) if each == char] or [
        place for place, each in enumerate(characters) if each == char.swapcase()
    ]
    empty, full = chances[:, places].sum(1).tolist()
    return smoothed(found), (empty, full)


@st.cache_data(max_entries=50, show_spinner=False)
def seen(mark: tuple, char: str, layer: str, _subject: Subject) -> np.ndarray:
    """Where a layer found what speaks for a character."""
    from hwr.explain import grad_cam

    return grad_cam(_subject.reader, _subject.image, char, layer)


@st.cache_data(max_entries=50, show_spinner=False)
def sheet(mark: tuple, layer: str, _subject: Subject) -> tuple[Image, int, int]:
    """The most active maps of a layer on a sheet, how many they are, and of how many."""
    from hwr.explain import contact_sheet, feature_maps

    found, _ = feature_maps(_subject.reader, _subject.image, layer)
    return contact_sheet(found[:MAPS]), min(MAPS, len(found)), len(found)


@st.cache_data(max_entries=50, show_spinner=False)
def near(mark: tuple, dataset: str, _subject: Subject, _among: Index) -> list[Neighbour]:
    """The training pictures most like it."""
    from hwr.explain import nearest

    return nearest(_subject.reader, _among, _subject.image, count=LIKE)


def index_of(subject: Subject, dataset: str) -> Index | None:
    """The index of a dataset as it lies on the disk; None when it is to be made."""
    from hwr.explain import index_key

    with contextlib.suppress(LookupError):
        return _held(index_key(subject.reader, dataset, data_folder()), dataset, subject)
    return None


@st.cache_resource(max_entries=HELD, show_spinner=False)
def _held(key: str, dataset: str, _subject: Subject) -> Index:
    """An index as it was read last, for all visitors; raises LookupError, which is not cached, when it is to be made."""
    from hwr.explain import kept_index

    found = kept_index(_subject.reader, dataset, data_folder())
    if found is None:
        raise LookupError(dataset)
    return found
