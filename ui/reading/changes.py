"""Edits that the browser tells of (boxes.js), done on a page: each once, in order, a bad one with a sentence.

A box that is new, or whose ink is another, is read by the network; what a person has said stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hwr import edit
from hwr.edit.gaps import cut as shared
from hwr.errors import HwrError
from hwr.layout.cutout import cut_out, halves
from hwr.results import Box, Glyph, Page
from ui.reading.desk import Scan, Settings
from ui.reading.pictures import seen


@dataclass(frozen=True)
class Reader:
    """Reads boxes of a page with what is chosen now."""

    scan: Scan
    settings: Settings

    def read(self, boxes: list[Box]) -> list[Glyph]:
        """The glyphs in boxes; raises HwrError where the page or the weights cannot be read any more."""
        if not boxes:
            return []
        steps = seen(self.scan, self.settings.layout)
        choice = self.settings.choice
        return choice.recognizer().read_boxes(steps.ink, boxes, skew=steps.skew, charset=choice.charset)

    def halves(self, box: Box) -> list[Box]:
        """A box cut in two where least ink is crossed."""
        steps = seen(self.scan, self.settings.layout)
        return halves(cut_out(steps.ink, box, steps.skew)) or shared(box, 2)


def hear(scan: Scan, told: Any, reader: Reader) -> list[str]:
    """Does the edits that a browser tells of and that were not done yet; gives the sentences about those that cannot be.

    `told` is {"scan": its number as text, "list": [{"n": 1, 2, ..., "op": one of OPERATIONS, ...}]}.
    """
    if scan.history is None or not isinstance(told, Mapping) or told.get("scan") != str(scan.number):
        return []
    problems = []
    changes = told.get("list")
    for change in changes if isinstance(changes, list) else []:
        number = change.get("n") if isinstance(change, Mapping) else None
        if not isinstance(number, int) or number <= scan.applied:
            continue
        scan.applied = number
        try:
            _do(scan, change, reader)
        except HwrError as error:
            problems.append(str(error))
        except (KeyError, TypeError, ValueError):
            problems.append("That edit could not be understood; nothing was changed.")
    return problems


def _do(scan: Scan, change: Mapping[str, Any], reader: Reader) -> None:
    history = scan.history
    if history is None:
        return
    operation = change["op"]
    if operation == "undo":
        history.undo()
    elif operation == "redo":
        history.redo()
    else:
        history.push(OPERATIONS[operation](history.page, change, reader))


def _label(page: Page, change: Mapping[str, Any], reader: Reader) -> Page:
    return edit.relabelled(page, change["number"], str(change["char"]))


def _move(page: Page, change: Mapping[str, Any], reader: Reader) -> Page:
    page = edit.moved(page, change["number"], change["box"])
    return edit.read_anew(page, [change["number"]], reader.read)


def _add(page: Page, change: Mapping[str, Any], reader: Reader) -> Page:
    box = edit.checked_box(page, change["box"])
    taken = any(glyph.number == change["number"] for glyph in page.glyphs)
    (glyph,) = reader.read([box])
    return edit.put(page, replace(glyph, number=0 if taken else int(change["number"])))


def _delete(page: Page, change: Mapping[str, Any], reader: Reader) -> Page:
    return edit.deleted(page, [int(number) for number in change["numbers"]])


def _join(page: Page, change: Mapping[str, Any], reader: Reader) -> Page:
    page = edit.joined(page, [change["number"], *change["numbers"]])
    return edit.read_anew(page, [change["number"]], reader.read)


def _cut(page: Page, change: Mapping[str, Any], reader: Reader) -> Page:
    numbers = [change["number"], int(change["other"])]
    boxes = reader.halves(edit.glyph_of(page, change["number"]).box)
    return edit.read_anew(edit.cut(page, change["number"], boxes, numbers), numbers, reader.read)


OPERATIONS: dict[str, Callable[[Page, Mapping[str, Any], Reader], Page]] = {
    "label": _label,
    "move": _move,
    "add": _add,
    "delete": _delete,
    "join": _join,
    "cut": _cut,
}
