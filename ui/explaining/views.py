"""Why this answer? Where the network looked, its layers, training pictures like it, and what would change the answer.

One part for every page that shows a glyph: nothing is made before a person opens it, and then only the view chosen.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from hwr import figures
from hwr.data import data_folder
from hwr.errors import HwrError
from hwr.figures import percent
from hwr.results import Glyph
from ui.answers import CHART, plain
from ui.explaining.subject import Subject, added, index_of, layers_of, near, seen, sheet
from ui.following import follow
from ui.glyphs import ROOM, glyph_png
from ui.job import Job

if TYPE_CHECKING:
    from hwr.explain import Change, Index, Neighbour

GRADIENTS, CAM = "Integrated gradients", "Grad-CAM"
WAITS, FAILED = "Waiting for another look through a dataset", "The pictures could not be looked through"
SPEAKS = (
    "Rust speaks for “{char}”, blue against it. All pixels together take it from {empty}, an empty glyph, to {full} "
    "(integrated gradients)."
)
REGIONS = "Where this layer found what speaks for “{char}”: the deeper the layer, the coarser the place (Grad-CAM)."
LEARNED = "A picture like these with another label may be why. 0 is the same; about 1 has nothing in common."
_turn = threading.Lock()


def explain(prefix: str, subject: Subject | None, hint: str) -> None:
    """An expander that explains a glyph; `hint` says what to do first where there is none."""
    box = st.expander("Why this answer?", icon=":material/psychology_alt:", key=f"{prefix}_why", on_change="rerun")
    if not box.open:
        return
    with box:
        view = st.segmented_control(
            "View",
            list(VIEWS),
            default=next(iter(VIEWS)),
            required=True,
            key=f"{prefix}_why_view",
            persist_state="session",
            label_visibility="collapsed",
        )
        if subject is None:
            st.caption(hint)
            return
        try:
            read = subject.read()
            if subject.shown and subject.shown != read.char:
                st.caption(
                    f"It stands here as “{plain(subject.shown)}”. Looked at alone, the network for single characters takes "
                    f"it for “{plain(read.char)}”, {plain(percent(read.confidence))}: that is what is explained."
                )
            VIEWS[view or next(iter(VIEWS))](prefix, subject, read)
        except (HwrError, OSError) as error:
            st.error(plain(str(error)), icon=":material/error:")


def is_open(prefix: str) -> bool:
    """Whether somebody looks."""
    return bool(st.session_state.get(f"{prefix}_why"))


def warm() -> None:
    """Loads what the first explanation needs, when the page already stands."""
    from captum import attr  # noqa: F401

    import hwr.explain.gradients  # noqa: F401  (with torch)


def where(prefix: str, subject: Subject, read: Glyph) -> None:
    """Which pixels speak for a character, and where a layer found what does."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ways = [GRADIENTS, CAM]
        way = st.segmented_control(
            "By", ways, default=GRADIENTS, required=True, key=f"{prefix}_why_way", persist_state="session"
        )
        char = _character(prefix, subject, read, "What speaks for", f"{prefix}_why_for")
        layer = _layer(prefix, subject) if way == CAM else ""
    if way == CAM:
        found, caption = seen(subject.mark, char, layer, subject), REGIONS.format(char=plain(char))
        chart = figures.saliency(subject.image, found)
    else:
        found, (empty, full) = added(subject.mark, char, subject)
        shares = {"empty": plain(percent(empty)), "full": plain(percent(full))}
        caption = SPEAKS.format(char=plain(char), **shares)
        chart = figures.for_and_against(subject.image, found)
    st.plotly_chart(chart.update_layout(height=260), key=f"{prefix}_why_chart", config=CHART, alt="Where it looked")
    st.caption(caption)


def maps(prefix: str, subject: Subject, read: Glyph) -> None:
    """What a layer makes of the glyph."""
    layer = _layer(prefix, subject)
    shown_maps, count, total = sheet(subject.mark, layer, subject)
    st.image(shown_maps, alt=f"The most active maps of {layer}", width=720)
    shown = f"The {count} most active of {total} maps" if count < total else f"All {total} maps"
    st.caption(f"{shown}, the most active first; each dark where it is most so.")


def like(prefix: str, subject: Subject, read: Glyph) -> None:
    """The training pictures that are nearest to the network."""
    from hwr.explain import teachers

    offered = teachers(subject.reader, data_folder())
    if not offered:
        st.caption("No dataset with these characters is here: Train and python -m hwr data say how to get one.")
        return
    dataset = st.selectbox("Look among", offered, key=f"{prefix}_why_among", help="Its training part.")
    among = index_of(subject, dataset or offered[0])
    going: Job | None = st.session_state.get(f"{prefix}_why_job")
    if among is not None:
        _gallery(near(subject.mark, dataset or offered[0], subject, among), among)
    elif going is not None:
        done = functools.partial(_collect, prefix)
        follow(going, f"{prefix}_why_cancel", collect=done, cancelled=done)
    else:
        _offer_index(prefix, subject, dataset or offered[0])
    if sentence := st.session_state.pop(f"{prefix}_why_problem", ""):
        st.error(plain(sentence), icon=":material/error:")


def _gallery(found: list[Neighbour], among: Index) -> None:
    captions = [f"**{plain(each.char)}**  \n{each.distance:.3f}" for each in found]
    alts = [f"A training picture of {each.char}" for each in found]
    st.image([glyph_png(each.image.tobytes()) for each in found], caption=captions, width=ROOM, alt=alts)
    st.caption(f"The nearest of {len(among):,} training pictures with label and distance. {LEARNED}")


def _offer_index(prefix: str, subject: Subject, dataset: str) -> None:
    from hwr.explain.neighbours import PICTURES

    st.button(
        f"Look through {plain(dataset)}",
        icon=":material/image_search:",
        key=f"{prefix}_why_look",
        on_click=_look,
        args=(prefix, subject, dataset),
    )
    st.caption(f"The network looks once at up to {PICTURES:,} pictures; what it saw is kept for the next time.")


def _look(prefix: str, subject: Subject, dataset: str) -> None:
    """Begins to look through a dataset, beside the page."""
    from hwr.explain import index

    reader, folder = subject.reader, data_folder()
    begun = Job(lambda watch: index(reader, dataset, folder, watch), FAILED, turn=_turn, waits=WAITS)
    st.session_state[f"{prefix}_why_job"] = begun


def _collect(prefix: str, going: Job) -> None:
    """Forgets a look that has ended, and says why when nothing came of it."""
    st.session_state.pop(f"{prefix}_why_job", None)
    if going.problem:
        st.session_state[f"{prefix}_why_problem"] = going.problem


def change(prefix: str, subject: Subject, read: Glyph) -> None:
    """The few strokes that turn the answer into another."""
    target = _character(prefix, subject, read, "What would make it", f"{prefix}_why_target", but=read.char)
    wanted = plain(f"“{target}”") if target else "anything else"
    key = (subject.mark, target, subject.charset)
    if st.button("Find the smallest change", icon=":material/search:", key=f"{prefix}_why_find"):
        from hwr.explain import what_would_change

        with st.spinner("Trying strokes"):
            found = what_would_change(subject.reader, subject.image, target, charset=subject.charset)
        st.session_state[f"{prefix}_why_changed"] = (key, found)
    made_for, made = st.session_state.get(f"{prefix}_why_changed", (None, None))
    if made_for != key:
        st.caption("Strokes of about the same pen are added or rubbed out until the network answers otherwise.")
    elif made is None:
        st.caption(f"No few strokes were found that make it {wanted}: try another character.")
    else:
        _changed(prefix, made, read)


def _changed(prefix: str, made: Change, read: Glyph) -> None:
    left, right = st.container(width=480).columns(2, wrap=False)
    left.caption(":blue[Blue] is added, :red[rust] is rubbed out.")
    chart = figures.changed(made.before, made.added, made.erased)
    left.plotly_chart(chart, key=f"{prefix}_why_before", config=CHART, alt="What is added and rubbed out")
    right.caption("What the network sees then.")
    right.plotly_chart(figures.glyph(made.after), key=f"{prefix}_why_after", config=CHART, alt="The changed glyph")
    strokes = "1 stroke" if made.strokes == 1 else f"{made.strokes} strokes"
    st.markdown(
        f"“{plain(read.char)}”, {plain(percent(read.confidence))}, becomes **“{plain(made.target)}”**, "
        f"{plain(percent(made.confidence))}, by {strokes}, {made.pixels:.0f} of its pixels."
    )


VIEWS: dict[str, Callable[[str, Subject, Glyph], None]] = {
    "Where it looked": where,
    "Layers": maps,
    "Training pictures": like,
    "What would change it": change,
}


def _character(prefix: str, subject: Subject, read: Glyph, label: str, key: str, *, but: str = "") -> str:
    """One of the network's characters, the likeliest first; a new glyph begins with its own, or with "" for any `but` it."""
    likely = [char for char, _ in read.alternatives]
    characters, _ = subject.reader.predict(subject.image[None][:0], subject.charset)
    offered = [char for char in dict.fromkeys([*likely, *characters]) if char != but]
    if not offered:
        raise HwrError("There is no other character that this could be: allow more characters.")
    offered = ["", *offered] if but else offered
    key = f"{key}_{''.join(likely)}"
    chosen = st.selectbox(label, offered, key=key, width=200, format_func=lambda char: char or "Any other character")
    return chosen or ""


def _layer(prefix: str, subject: Subject) -> str:
    """One of the network's layers; the last one that is no pooling to begin with."""
    found = {layer.name: layer for layer in layers_of(str(subject.weights), subject.modified, subject)}
    if not found:
        raise HwrError("This network has no layer of maps to look at.")
    deep = [place for place, layer in enumerate(found.values()) if layer.kind != "pooling"]
    titles = {name: f"{place}. {layer.title}" for place, (name, layer) in enumerate(found.items(), 1)}
    chosen = st.selectbox(
        "Layer",
        list(found),
        index=deep[-1] if deep else 0,
        key=f"{prefix}_why_layer_{len(found)}",
        format_func=titles.__getitem__,
    )
    return chosen or next(iter(found))
