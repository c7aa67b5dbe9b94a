"""A search of settings with Optuna: a study is many short trainings (trials), each a run like any other.

Optuna is an optional extra and is loaded when a study is opened; torch is loaded by a worker alone.
"""

from hwr.tune.space import METRIC, PRUNERS, TUNED, Plan, make_plan, tunable
from hwr.tune.storage import NoStudy, Place, need, place
from hwr.tune.study import ENOUGH, Study, best_of, create, delete, importances, list_studies, load, start

__all__ = [
    "ENOUGH",
    "METRIC",
    "PRUNERS",
    "TUNED",
    "NoStudy",
    "Place",
    "Plan",
    "Study",
    "best_of",
    "create",
    "delete",
    "importances",
    "list_studies",
    "load",
    "make_plan",
    "need",
    "place",
    "start",
    "tunable",
]
