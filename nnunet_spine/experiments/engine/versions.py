"""Whether all that is done was made by the same software."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from nnunet_spine.experiments.engine.states import State


def different_versions(states: Mapping[str, State]) -> list[str]:
    """A line that says so where versions differ, with the number of jobs that each has made; none where they do not."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for state in states.values():
        if state.status == "done":
            for name, version in state.record.get("versions", {}).items():
                found[name][version] += 1
    differing = [f"{name} {_counted(counts)}" for name, counts in found.items() if len(counts) > 1]
    return [f"Not all made by the same software: {'; '.join(differing)}"] if differing else []


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{version} ({number} job{'s' * (number != 1)})" for version, number in counts.items())
