"""What was read as files: one button a format, each file made when it is asked for."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

import streamlit as st

from hwr.formats import PAGE_FORMATS, PageOut
from ui.reading.desk import Desk, Scan


def downloads(now: Desk) -> None:
    """A button for each format; a file holds all pages that are read then, as they were edited."""
    files = {scan.file for scan in now.read}
    stem = PurePath(next(iter(files))).stem if len(files) == 1 else "pages"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("Download" if len(now.read) == 1 else f"Download all {len(now.read)} pages", width="content")
        for title, form in PAGE_FORMATS.items():
            suffix, mime = form.kind(len(now.read))
            st.download_button(
                title.upper(),
                partial(_written, title, now.read),
                file_name=stem + suffix,
                mime=mime,
                key=f"read_download_{title}",
                on_click="ignore",
            )


def _written(title: str, scans: list[Scan]) -> bytes:
    return PAGE_FORMATS[title].write(_out(scan) for scan in scans)


def _out(scan: Scan) -> PageOut:
    number = scan.source.number if scan.source.count > 1 else None
    page = scan.history.page if scan.history else None
    assert page is not None
    return PageOut(scan.file, page, number, scan.source.picture, scan.source.resolution())
