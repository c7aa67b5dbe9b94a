"""Checkpoints side by side: scored on the same pictures, measured, told apart by McNemar's test, and one recommended.

What was measured once is kept on disk (cache) and told again without torch. Not here: anything of Streamlit.
"""

from hwr.compare.advice import Pairing, mcnemar, pairings, recommendation
from hwr.compare.apart import compare_apart
from hwr.compare.question import Model, Question, ask, find_models, named_apart
from hwr.compare.table import Comparison, Confused, Row, compare, kept
from hwr.kept import cache_folder

__all__ = [
    "Comparison",
    "Confused",
    "Model",
    "Pairing",
    "Question",
    "Row",
    "ask",
    "cache_folder",
    "compare",
    "compare_apart",
    "find_models",
    "kept",
    "mcnemar",
    "named_apart",
    "pairings",
    "recommendation",
]
