"""One's own pictures: brought in, looked at, relabelled, deleted and taken back, downloaded; on the Train and Data pages."""

from __future__ import annotations

import base64
import io
from collections import Counter
from functools import partial
from typing import Any

import streamlit as st

from hwr import readonly
from hwr.errors import HwrError
from hwr.mine import Mine, Sample, bring_in, checked, export, held_out
from ui.answers import plain

SHOWN = 200


def tell(kind: str, *sentences: str) -> None:
    """Keeps sentences for the next run of the page: kind "success" or "error"."""
    st.session_state.mine_told = (kind, sentences)


def told() -> None:
    """What the last action came to."""
    kind, sentences = st.session_state.pop("mine_told", ("", ()))
    if kind == "error":
        st.error(plain(sentences[0]), icon=":material/error:")
    elif kind:
        first, *others = map(plain, sentences)
        st.success(first, icon=":material/check:")
        if others:
            with st.expander(f"{len(others)} notes", icon=":material/info:"):
                st.markdown("\n".join(f"- {line}" for line in others))


def offer_undo() -> None:
    """A way back from the last change, while there is one."""
    if "mine_undo" in st.session_state:
        st.button("Undo", icon=":material/undo:", key="mine_undo_last", on_click=undo)


def undo() -> None:
    """Takes back the last change."""
    try:
        st.session_state.pop("mine_undo")()
        tell("success", "Taken back.")
    except HwrError as error:
        tell("error", str(error))
    st.session_state.pop("mine_table", None)


def upload(mine: Mine) -> None:
    """A zip to bring in, once."""
    turn = st.session_state.setdefault("mine_turn", 0)
    file = st.file_uploader(
        "Bring in a zip of pictures, one folder a character",
        "zip",
        key=f"mine_zip_{turn}",
        help="Folders named by their character, as in 7/first.png, or by its code point, as in U+0041/first.png.",
    )
    if file is None:
        return
    bar = st.progress(0.0, "Reading the zip")
    try:
        result = bring_in(mine, file, lambda done, total: _advance(bar, done, total))
        st.session_state.pop("mine_undo", None)
        tell("success", *result.lines())
    except HwrError as error:
        tell("error", str(error))
    st.session_state.mine_turn = turn + 1  # an uploader of another key is empty
    st.rerun()


def _advance(bar: Any, done: int, total: int) -> None:
    if done == total or done % 20 == 0:
        bar.progress(done / max(total, 1), f"Reading picture {done:,} of {total:,}")


def gallery(mine: Mine, samples: list[Sample]) -> None:
    """The pictures by class, with what removes and downloads them."""
    counts = Counter(sample.char for sample in samples)
    if not samples:
        st.caption(
            "Nothing here yet. Correct what was misread on Draw, or bring in a zip: it is kept here to learn from."
        )
        st.page_link("pages/draw.py", label="Draw and correct", icon=":material/draw:")
        offer_undo()
        return
    held = held_out([sample.key for sample in samples], [sample.char for sample in samples])
    st.caption(f"{len(samples):,} pictures of {len(counts)} characters, {sum(held):,} of them kept apart for testing.")
    char = st.pills(
        "Characters",
        list(counts),
        format_func=lambda char: f"{plain(char)} · {counts[char]:,}",
        key="mine_char",
        label_visibility="collapsed",
    )
    parts = dict(zip([sample.path for sample in samples], held, strict=True))
    some = [sample for sample in samples if char in (None, sample.char)]
    pages = -(-len(some) // SHOWN)
    page = st.pagination(pages, key=f"mine_page_{char}") if pages > 1 else 1
    chosen = table(some[(page - 1) * SHOWN : page * SHOWN], parts)
    with st.container(horizontal=True, gap="small"):
        relabelling(mine, chosen)
        label, off = f"Delete {len(chosen)}" if chosen else "Delete", not chosen or readonly.active()
        if st.button(label, icon=":material/delete:", key="mine_delete", disabled=off):
            confirm(mine, chosen)
        offer_undo()
        st.download_button(
            "Download as zip",
            lambda: packed(mine),
            "mine.zip",
            "application/zip",
            key="mine_download",
            icon=":material/download:",
            on_click="ignore",
        )


def table(samples: list[Sample], parts: dict) -> list[Sample]:
    """A sheet of pictures to choose from; gives the chosen ones."""
    rows = [
        row for sample in samples if (row := picture(sample, sample.path.stat().st_mtime_ns if _here(sample) else 0))
    ]
    broken = len(samples) - len(rows)
    if broken:
        st.warning(f"{broken} pictures cannot be opened and are left out of every training.", icon=":material/warning:")
    by_key = {sample.path.as_posix(): sample for sample in samples}
    shown = [{**row, "part": "test" if parts[by_key[row["file"]].path] else "training"} for row in rows]
    event = st.dataframe(
        shown,
        column_order=("picture", "char", "read", "part", "source"),
        column_config={
            "picture": st.column_config.ImageColumn("Picture", width="small"),
            "char": st.column_config.TextColumn("Character", width="small"),
            "read": st.column_config.TextColumn("Was read as", width="small"),
            "part": st.column_config.TextColumn("Used for", width="small"),
            "source": st.column_config.TextColumn("From", width="medium"),
        },
        row_height=48,
        height=min(420, 48 * (len(shown) + 1)),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="mine_table",
    )
    return [by_key[shown[place]["file"]] for place in event["selection"]["rows"] if place < len(shown)]


def _here(sample: Sample) -> bool:
    return sample.path.is_file()


@st.cache_data(max_entries=4 * SHOWN, show_spinner=False)
def picture(sample: Sample, modified: int) -> dict[str, Any]:
    """A row of the sheet; empty when the picture cannot be opened."""
    try:
        ink, source = sample.ink(), sample.source()
    except HwrError:
        return {}
    from PIL import Image

    image = Image.fromarray(255 - ink)
    image.thumbnail((96, 96))
    out = io.BytesIO()
    image.save(out, "PNG")
    url = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    came = str(source.get("import") or source.get("page") or "put there by hand")
    return {
        "file": sample.path.as_posix(),
        "picture": url,
        "char": sample.char,
        "read": str(source.get("read", "")),
        "source": came,
    }


def relabelling(mine: Mine, chosen: list[Sample]) -> None:
    """A place to say what the chosen pictures really are."""
    off = not chosen or readonly.active()
    with st.popover("Relabel", icon=":material/edit:", disabled=off, key="mine_relabel_open"):
        st.text_input(
            "They are",
            max_chars=4,
            key="mine_relabel",
            placeholder="one character",
            on_change=relabel,
            args=(mine, chosen),
        )
        st.caption("Press Enter: they move to this character.")


def relabel(mine: Mine, chosen: list[Sample]) -> None:
    """Moves pictures to the character that was typed, and remembers where they were."""
    char = st.session_state.mine_relabel.strip()
    if not char:
        return
    before = []
    try:
        checked(char)
        for sample in chosen:
            before.append((mine.relabel(sample, char), sample.char))
        tell("success", f"{len(before)} pictures are {char} now.")
    except HwrError as error:
        tell("error", str(error))
    st.session_state.mine_undo = partial(_back, mine, before)
    st.session_state.mine_relabel = ""
    st.session_state.pop("mine_table", None)


def _back(mine: Mine, moved: list[tuple[Sample, str]]) -> None:
    for sample, char in moved:
        mine.relabel(sample, char)


def _restored(mine: Mine, contents: list[tuple[Sample, bytes]]) -> None:
    for sample, content in contents:
        mine.restore(sample, content)


@st.dialog("Delete these pictures?")
def confirm(mine: Mine, chosen: list[Sample]) -> None:
    """Asks before pictures are deleted."""
    chars = " ".join(sorted({sample.char for sample in chosen}))
    st.write(f"{len(chosen)} pictures of {plain(chars)}. Undo brings them back until the next change.")
    with st.container(horizontal=True):
        icon = ":material/delete:"
        if st.button("Delete", icon=icon, key="mine_delete_sure", type="primary", on_click=remove, args=(mine, chosen)):
            st.rerun()
        if st.button("Keep", key="mine_delete_not"):
            st.rerun()


def remove(mine: Mine, chosen: list[Sample]) -> None:
    """Deletes pictures, and chooses none; what they were is remembered."""
    contents = [(sample, sample.path.read_bytes()) for sample in chosen if sample.path.is_file()]
    try:
        tell("success", f"{mine.remove(chosen)} pictures deleted.")
        st.session_state.mine_undo = partial(_restored, mine, contents)
    except HwrError as error:
        tell("error", str(error))
    st.session_state.pop("mine_table", None)


def packed(mine: Mine) -> bytes:
    """All pictures as the bytes of a zip."""
    out = io.BytesIO()
    export(mine, out)
    return out.getvalue()
