"""My handwriting: bring in one's own characters, look at them, and fine-tune weights on them."""

from __future__ import annotations

import base64
import io
from collections import Counter
from typing import Any

import streamlit as st

from hwr import checkpoint, finetune, runs
from hwr.config import FRAMINGS
from hwr.data import data_folder
from hwr.errors import HwrError
from hwr.mine import Mine, Sample, bring_in, export, held_out
from ui import training
from ui.answers import plain, share

SHOWN = 200
NEWEST = 5  # fine-tunings that are listed
EVERY = 2.0  # seconds between two looks at a fine-tuning that goes on


def show() -> None:
    """The own pictures, and what can be made of them."""
    mine = Mine.at(data_folder())
    told()
    try:
        samples = mine.samples()
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        upload(mine)
        gallery(mine, samples)
    with right:
        fine_tune(samples)


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
    chosen = table(some[:SHOWN], parts)
    if len(some) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(some):,}; choose a character above to see the others.")
    with st.container(horizontal=True, gap="small"):
        label = f"Delete {len(chosen)}" if chosen else "Delete"
        if st.button(label, icon=":material/delete:", key="mine_delete", disabled=not chosen):
            confirm(mine, chosen)
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


@st.dialog("Delete for good?")
def confirm(mine: Mine, chosen: list[Sample]) -> None:
    """Asks before pictures are deleted."""
    chars = " ".join(sorted({sample.char for sample in chosen}))
    st.write(f"{len(chosen)} pictures of {plain(chars)}. This cannot be undone.")
    with st.container(horizontal=True):
        icon = ":material/delete:"
        if st.button("Delete", icon=icon, key="mine_delete_sure", type="primary", on_click=remove, args=(mine, chosen)):
            st.rerun()
        if st.button("Keep", key="mine_delete_not"):
            st.rerun()


def remove(mine: Mine, chosen: list[Sample]) -> None:
    """Deletes pictures, and chooses none."""
    try:
        tell("success", f"{mine.remove(chosen)} pictures deleted.")
    except HwrError as error:
        tell("error", str(error))
    st.session_state.pop("mine_table", None)


def packed(mine: Mine) -> bytes:
    """All pictures as the bytes of a zip."""
    out = io.BytesIO()
    export(mine, out)
    return out.getvalue()


def fine_tune(samples: list[Sample]) -> None:
    """A training on one's own handwriting, and what the ones before came to."""
    st.subheader("Fine-tune on my handwriting", anchor=False)
    known = {item["name"]: item for item in checkpoint.list_weights() if item["framing"] in FRAMINGS}
    if not known:
        st.caption("There are no weights to start from yet: train some in New training.")
        return
    weights = st.selectbox(
        "Start from",
        list(known),
        key="mine_weights",
        format_func=lambda name: f"{plain(name)} ({len(known[name]['classes'])} classes)",
        help="These weights read well already; they learn your hand in a minute or two.",
    )
    classes = "".join(sorted({sample.char for sample in samples}))
    missing, _ = finetune.lacking(known[weights], classes)
    if missing:
        st.caption(f"These weights have no class for {plain(' '.join(missing))}: those pictures are left out.")
    st.caption(plan(known[weights], samples))
    if st.button("Start", icon=":material/play_arrow:", key="mine_start", type="primary", disabled=not samples):
        try:
            run = runs.start(finetune.settings(weights, data_folder()), runs.runs_folder(), data_dir=data_folder())
            tell("success", f"{run.name} has started: its figures will stand here.")
        except HwrError as error:
            tell("error", str(error))
        st.rerun()
    results()


def plan(info: dict[str, Any], samples: list[Sample]) -> str:
    """What a fine-tuning will do, in a sentence."""
    if not samples:
        return "It learns from your pictures: bring in some first, two or more of each character."
    base = finetune.base_for(info, data_folder())
    beside = f" beside pictures of {base}, so that nothing else is forgotten" if base else ""
    return f"It learns your pictures{beside}, for {finetune.EPOCHS} short epochs, and is tested on those kept apart."


def results() -> None:
    """The fine-tunings so far; looked at again and again while one goes on."""
    active = any(runs.moving(row) for row in fine_tunings())
    st.fragment(listing, run_every=EVERY if active else None)(active)


def fine_tunings() -> list[dict[str, Any]]:
    """The last runs that learned from weights that were there and were tested on one's own pictures."""
    return [row for row in runs.overviews(runs.runs_folder()) if own(row.get("config") or {})][:NEWEST]


def own(config: dict[str, Any]) -> bool:
    """Whether a run of this config is a fine-tuning on one's own pictures."""
    return bool(config.get("init_from")) and "mine" in (config["test"] or config["dataset"]).split("+")


def listing(active: bool) -> None:
    """How each fine-tuning stands, newest first."""
    rows = fine_tunings()
    if active and not any(map(runs.moving, rows)):
        st.rerun()
    for row in rows:
        with st.container(border=True, gap="xsmall"):
            one(row)


def one(row: dict[str, Any]) -> None:
    """One fine-tuning: how far it is, or its figures before and after."""
    st.markdown(f"**{plain(row['name'])}** · {row['state']}")
    progress = row["progress"]
    before, after = ((row.get(key) or {}).get("mine test") for key in ("figures_before", "figures"))
    if row["state"] in runs.ACTIVE and progress.get("total"):
        st.progress(progress["step"] / progress["total"], f"Epoch {progress['epoch']} of {progress['epochs']}")
    elif after and before:
        first, second = st.columns(2)
        figure(first, "Before", before)
        figure(second, "After", after, after["accuracy"] - before["accuracy"])
        st.caption(f"On {after['images']:,} of your pictures that it has not learned; 95 % intervals.")
    elif row.get("error"):
        st.caption(plain(str(row["error"])))
    folder = row.get("folder") or row["name"]
    st.button(
        "Open", icon=":material/show_chart:", key=f"mine_open_{folder}", type="tertiary", on_click=watch, args=(folder,)
    )


def figure(column: Any, label: str, scores: dict[str, Any], change: float | None = None) -> None:
    """An accuracy with its interval."""
    low, high = scores["interval"]
    delta = None if change is None else f"{100 * change:+.1f} points"
    column.metric(label, share(scores["accuracy"]), delta)
    column.caption(f"{share(low)} to {share(high)}")


def watch(name: str) -> None:
    """Opens a run among the others."""
    st.query_params["run"] = name
    training.open_view("runs")
