"""What a dataset holds: how many of what, how its ink is, likely wrong labels, near duplicates, a map of its pictures.

What is found once is kept on disk (hwr.kept) and told again at once. Not here: anything of Streamlit.
"""

from hwr.survey.subject import PARTS, Subject
from hwr.survey.work import KINDS, Work, do, done, done_apart

__all__ = ["KINDS", "PARTS", "Subject", "Work", "do", "done", "done_apart"]
