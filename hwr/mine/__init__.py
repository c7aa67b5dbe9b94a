"""The person's own handwriting: pictures of single characters in folders by class, kept, corrected, imported and exported.

Corrections from the pages and imported zips end here; the dataset `mine` (hwr.data) learns from it. A picture is a PNG file
that a person can look at, and the file system is the only index: many may write at once. No torch here.
"""

from hwr.mine.archive import Imported, bring_in, export
from hwr.mine.folders import SUFFIXES, char_of, checked, classes_in, folder_of, held_out
from hwr.mine.parts import folder_part, mine_part, repeats
from hwr.mine.store import Mine, Sample

__all__ = [
    "SUFFIXES",
    "Imported",
    "Mine",
    "Sample",
    "bring_in",
    "char_of",
    "checked",
    "classes_in",
    "export",
    "folder_of",
    "folder_part",
    "held_out",
    "mine_part",
    "repeats",
]
