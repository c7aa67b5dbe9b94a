"""Read: turn photos, scans and camera pictures into text, several at once, with a box around each character."""

from __future__ import annotations

import streamlit as st

import ui
from hwr import drawing, figures
from hwr.formats import PAGE_FORMATS
from hwr.results import Page

TYPES = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif"]
LAYOUTS = {"A page": "page", "One line": "line", "One character": "char"}


def pictures() -> list[ui.Upload]:
    """What is there to read: files, a camera picture, the sample."""
    files = st.file_uploader(
        "Photos or scans of handwriting",
        TYPES,
        accept_multiple_files=True,
        key="read_files",
        help="PNG, JPEG, WebP, TIFF, BMP or GIF; several at once.",
    )
    found = [ui.Upload(file.name, file.getvalue()) for file in files]
    with st.container(horizontal=True, vertical_alignment="center"):
        sample = st.session_state.get("read_sample", False)
        label, icon = ("Put the sample away", "close") if sample else ("Try a sample", "gesture")
        st.button(label, icon=f":material/{icon}:", key="read_sample_button", on_click=turn_sample)
        camera = st.toggle("Camera", key="read_camera")
    if camera and (shot := st.camera_input("Hold the page still and take a picture", key="read_shot")):
        found.append(ui.Upload("camera.jpg", shot.getvalue()))
    if sample:
        found.append(ui.Upload("sample.png", drawing.page_png("314\n2718")))
    return found


def turn_sample() -> None:
    st.session_state.read_sample = not st.session_state.get("read_sample", False)


def settings() -> tuple[ui.Choice, str]:
    choice = ui.choose("read")
    layout = st.segmented_control(
        "The picture shows", LAYOUTS, default="A page", required=True, key="read_layout", persist_state="session"
    )
    return choice, LAYOUTS[layout]


def show(upload: ui.Upload, page: Page) -> None:
    """One picture with its boxes, and its text."""
    st.subheader(ui.plain(upload.name), anchor=False)
    left, right = st.columns([3, 2], gap="large")
    chart = figures.boxes(upload.picture(), page.glyphs)
    left.plotly_chart(
        chart, key=f"read_boxes_{upload.key}", config=ui.CHART, alt=f"{upload.name} with its characters boxed"
    )
    with right:
        if page.glyphs:
            st.code(page.text, language=None, wrap_lines=True)
            st.caption(ui.sureness(page.glyphs))
        else:
            st.caption("No writing found here. Is the ink dark enough, and large enough in the picture?")


def downloads(pages: list[tuple[str, Page]]) -> None:
    name = pages[0][0].rsplit(".", 1)[0] if len(pages) == 1 else "pages"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Download", width="content")
        for title, form in PAGE_FORMATS.items():
            st.download_button(
                title.upper(),
                form.write(pages),
                file_name=name + form.suffix,
                mime=form.mime,
                key=f"read_download_{title}",
                icon=":material/download:",
                on_click="ignore",
            )


with ui.page("read"):
    left, right = st.columns([3, 2], gap="large")
    with left:
        uploads = pictures()
    with right:
        choice, layout = settings()
    if not uploads:
        st.caption("Add a picture, take one, or try the sample: the text stands here, with a box for each character.")
    read = ui.read_all(uploads, choice, layout)
    good = [(upload.name, page) for upload, page in read if isinstance(page, Page)]
    if good:
        downloads(good)
    for upload, page in read:
        if isinstance(page, Page):
            show(upload, page)
        else:
            st.error(f"{ui.plain(upload.name)}: {ui.plain(page)}", icon=":material/error:")
