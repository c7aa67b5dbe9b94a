"""Presets of a training: named sets of settings that differ from the defaults, some computed from what the machine has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preset:
    """A preset: its title and icon, what it is for, and its settings, made from `machine.facts()`."""

    title: str
    icon: str
    about: str
    make: Callable[[dict[str, Any]], dict[str, Any]]


def _fitting(facts: dict[str, Any]) -> dict[str, Any]:
    return {"device": facts["device"], "precision": facts["precision"], "threads": facts["cores"]}


PRESETS = {
    "best": Preset("Best result", "star", "The defaults: what gave the best figures.", lambda facts: {}),
    "quick": Preset(
        "Quick look",
        "bolt",
        "A small network, few pictures: curves at once, in little time.",
        lambda facts: {"model": "simple", "epochs": 3, "limit": 6_000},
    ),
    "machine": Preset(
        "Best on this machine",
        "memory",
        "The best result's settings on all that this machine has.",
        _fitting,
    ),
}


def changes(name: str, facts: dict[str, Any]) -> str:
    """What a preset sets, in words: "model simple, epochs 3"; empty when it leaves the defaults as they are."""
    settings = PRESETS[name].make(facts)
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in settings.items())
