"""A comparison measured by a process of its own, `python -m hwr evaluate`: it is timed alone, and the caller stays light.

What the process has measured is read from where it is kept (cache).
"""

from __future__ import annotations

from collections.abc import Sequence

from hwr.apart import Watch, run_apart
from hwr.compare.question import Model, Question
from hwr.compare.table import Comparison, kept
from hwr.errors import HwrError
from hwr.kept import cache_folder

ENDED = "The measuring was ended from outside: Start begins it again."


def compare_apart(models: Sequence[Model], question: Question, watch: Watch, *, fresh: bool = False) -> Comparison:
    """As `compare`; `watch` is called again and again, and the process ends when it raises."""
    arguments = ["evaluate", *(str(model.path) for model in models), "--dataset", question.dataset]
    arguments += ["--part", question.part, "--data-dir", str(question.folder), *(["--fresh"] if fresh else [])]
    cache_folder()  # in read-only mode it is made now, to be shared with the process
    run_apart(arguments, watch, ended=ENDED)
    found = kept(models, question)
    if found is None:
        raise HwrError(f'What was measured cannot be kept in "{cache_folder()}": make it writable, or set HWR_CACHE.')
    return found
