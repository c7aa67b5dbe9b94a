"""Read: turn photos, scans and camera pictures into text, several at once, with a box around each character."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

import ui
from hwr import drawing, figures
from hwr.errors import HwrError
from hwr.formats import PAGE_FORMATS, PageOut
from hwr.preprocess import open_picture
from hwr.results import Page

TYPES = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif"]
WIDTH = 660
LAYOUTS = {"A page": "page", "One line": "line", "One character": "char"}


@dataclass(frozen=True)
class Upload:
    """A picture that a visitor gave: its name and the bytes of its file."""

    name: str
    content: bytes

    def file(self) -> io.BytesIO:
        """An open file that knows its name, so that a sentence about it can say which one it is."""
        file = io.BytesIO(self.content)
        file.name = self.name
        return file


@st.cache_data(max_entries=64, show_spinner=False)
def read_picture(upload: Upload, choice: ui.Choice, layout: str, weights: tuple[Path, int]) -> Page:
    """What stands in a picture; nothing is read twice. Raises HwrError."""
    return choice.read(upload.file(), layout)


def read_all(uploads: list[Upload], choice: ui.Choice, layout: str) -> list[Page | str]:
    """Reads pictures one after the other, showing how far it is; a bad one gives a sentence in place of its page."""
    bar = st.empty()
    read: list[Page | str] = []
    for place, upload in enumerate(uploads):
        bar.progress(place / len(uploads), f"Reading {ui.plain(upload.name)}, {place + 1} of {len(uploads)}")
        try:
            weights = choice.weights()
            read.append(read_picture(upload, choice, layout, (weights, weights.stat().st_mtime_ns)))
        except HwrError as error:
            read.append(str(error) if upload.name in str(error) else f"{upload.name}: {error}")
    bar.empty()
    return read


def pictures() -> list[Upload]:
    """What is there to read: files, a camera picture, the sample."""
    files = st.file_uploader(
        "Photos or scans of handwriting",
        TYPES,
        accept_multiple_files=True,
        key="read_files",
        help="PNG, JPEG, WebP, TIFF, BMP or GIF; several at once.",
    )
    found = [Upload(file.name, file.getvalue()) for file in files]
    with st.container(horizontal=True, vertical_alignment="center"):
        sample = st.session_state.get("read_sample", False)
        label, icon = ("Put the sample away", "close") if sample else ("Try a sample", "gesture")
        st.button(label, icon=f":material/{icon}:", key="read_sample_button", on_click=turn_sample)
        camera = st.toggle("Camera", key="read_camera")
    if camera and (shot := st.camera_input("Hold the page still and take a picture", key="read_shot")):
        found.append(Upload("camera.jpg", shot.getvalue()))
    if sample:
        found.append(Upload("sample.png", drawing.page_png("314\n2718")))
    return found


def turn_sample() -> None:
    st.session_state.read_sample = not st.session_state.get("read_sample", False)


def settings() -> tuple[ui.Choice, str]:
    choice = ui.choose("read")
    layout = st.segmented_control(
        "The picture shows", LAYOUTS, default="A page", required=True, key="read_layout", persist_state="session"
    )
    return choice, LAYOUTS[layout]


@st.cache_data(max_entries=32, show_spinner=False)
def boxed(upload: Upload, page: Page, room: int) -> go.Figure:
    """The picture with its boxes, for a room of so many pixels; large photos are not made small again at every run."""
    return figures.boxes(open_picture(upload.file()), page.glyphs, room=room)


def show(upload: Upload, page: Page, place: int) -> None:
    """One picture with its boxes, and its text."""
    st.subheader(ui.plain(upload.name), anchor=False)
    left, right = st.columns([3, 2], gap="medium")
    chart = boxed(upload, page, ui.canvas_width("read", WIDTH))
    about = f"{upload.name} with its characters boxed"
    left.plotly_chart(chart, key=f"read_boxes_{place}", config=ui.CHART, alt=about)
    with right:
        if page.glyphs:
            st.code(page.text, language=None, wrap_lines=True)
            st.caption(ui.sureness(page.glyphs))
        else:
            st.caption("No writing found here. Is the ink dark enough, and large enough in the picture?")


def written(title: str, pages: list[tuple[Upload, Page]]) -> bytes:
    """All pages as a file of one format, each picture opened when it is written."""
    outs = (PageOut(upload.name, page, picture=partial(open_picture, upload.file())) for upload, page in pages)
    return PAGE_FORMATS[title].write(outs)


def downloads(pages: list[tuple[Upload, Page]]) -> None:
    """A button a format; each file is made when it is asked for."""
    name = pages[0][0].name.rsplit(".", 1)[0] if len(pages) == 1 else "pages"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Download", width="content")
        for title, form in PAGE_FORMATS.items():
            suffix, mime = form.kind(len(pages))
            st.download_button(
                title.upper(),
                partial(written, title, pages),
                file_name=name + suffix,
                mime=mime,
                key=f"read_download_{title}",
                icon=":material/download:",
                on_click="ignore",
            )
    st.caption(
        "Boxes are :green-badge[sure], :orange-badge[likely] or :red-badge[doubtful]; "
        "point at one to see what else it could be."
    )


with ui.page("read"):
    left, right = st.columns([3, 2], gap="medium")
    with left:
        uploads = pictures()
        ui.measure("read")
    with right:
        choice, layout = settings()
    if not uploads:
        st.caption("Add a picture, take one, or try the sample: the text stands here, with a box for each character.")
    read = read_all(uploads, choice, layout)
    good = [(upload, page) for upload, page in zip(uploads, read, strict=True) if isinstance(page, Page)]
    if good:
        downloads(good)
    for place, (upload, page) in enumerate(zip(uploads, read, strict=True)):
        if isinstance(page, Page):
            show(upload, page, place)
        else:
            st.error(ui.plain(page), icon=":material/error:")
    choice.warm()
