"""What can be found of a dataset, each kind by one function, done here or in a process of its own; what is found is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hwr import kept
from hwr.apart import Watch, run_apart
from hwr.checkpoint import find as find_weights
from hwr.errors import HwrError
from hwr.kept import Finding
from hwr.survey.subject import Subject

ENDED = "The work was ended from outside: begin it again."


@dataclass(frozen=True)
class Kind:
    """A kind of finding: what it is in a line, what code decides it, and whether a part or weights must be named."""

    summary: str
    code: tuple[str, ...]
    part: bool = False
    weights: bool = False


KINDS = {
    "show": Kind("counts, ink and stroke width", ("survey/summary", "survey/subject")),
    "errors": Kind(
        "likely label errors", ("survey/errors", "survey/folds", "survey/confident", "survey/subject"), part=True
    ),
    "duplicates": Kind("near duplicates between train and test", ("survey/duplicates", "survey/subject")),
    "map": Kind("a flat map of the pictures", ("survey/embedding", "survey/subject"), part=True, weights=True),
}


@dataclass(frozen=True)
class Work:
    """One thing to find: its kind, one of KINDS, of which dataset, and of which part or with which weights."""

    kind: str
    subject: Subject
    part: str = "train"
    weights: str = ""

    def key(self) -> str:
        """What changes with all that decides the finding. Raises HwrError for weights that are not there."""
        kind = KINDS[self.kind]
        weights = find_weights(self.weights) if kind.weights else None
        about = weights.stat() if weights else None
        of = f"{weights} {about.st_size} {about.st_mtime_ns}" if about else ""
        return f"{self.kind} {self.part if kind.part else ''} {of} {self.subject.mark()} {kept.code_mark(*kind.code)}"

    def arguments(self) -> list[str]:
        """The command that finds it, after `python -m hwr`."""
        kind = KINDS[self.kind]
        part = ["--part", self.part] if kind.part else []
        weights = ["--weights", self.weights] if kind.weights else []
        return ["data", self.kind, self.subject.name, *part, *weights, "--data-dir", str(self.subject.folder)]


def done(work: Work) -> Finding | None:
    """What was found before; None when that was never, or something has changed since."""
    return kept.read(work.kind, work.key())


def do(work: Work, watch: Watch) -> Finding:
    """Finds it here and keeps it; what was found before comes at once. Raises HwrError when it cannot be found."""
    key = work.key()
    found = kept.read(work.kind, key)
    if found is None:
        work.subject.check()
        found = _find(work)(watch)
        kept.write(work.kind, key, found)
    watch("Done", 1.0)
    return found


def done_apart(work: Work, watch: Watch) -> Finding:
    """As `do`, in a process of its own that ends when `watch` raises."""
    run_apart(work.arguments(), watch, ended=ENDED, tidy=True)
    found = done(work)
    if found is None:
        raise HwrError("The pictures have changed meanwhile: begin again.")
    return found


def _find(work: Work) -> Callable[[Watch], Finding]:
    if work.kind == "show":
        from hwr.survey import summary

        return lambda watch: summary.find(work.subject, watch)
    if work.kind == "duplicates":
        from hwr.survey import duplicates

        return lambda watch: duplicates.find(work.subject, watch)
    if work.kind == "errors":
        from hwr.survey import errors

        return lambda watch: errors.find(work.subject, work.part, watch)
    from hwr.survey import embedding

    return lambda watch: embedding.find(work.subject, work.part, work.weights, watch)
