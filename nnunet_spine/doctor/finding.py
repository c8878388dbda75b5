"""What a check of the installation says: one line, how bad it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(str, Enum):
    """How a finding is to be taken; only a problem keeps the commands from working."""

    OK = "OK"
    NOTE = "NOTE"
    PROBLEM = "PROBLEM"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        topic: what was looked at, in a word or two.
        status: how it is to be taken.
        text: what was found.
        advice: what to do; empty where nothing needs doing.
    """

    topic: str
    status: Status
    text: str
    advice: str = ""


def ok(topic: str, text: str) -> Finding:
    """A finding in order."""
    return Finding(topic, Status.OK, text)


def note(topic: str, text: str, advice: str = "") -> Finding:
    """A finding worth knowing that keeps nothing from working."""
    return Finding(topic, Status.NOTE, text, advice)


def problem(topic: str, text: str, advice: str) -> Finding:
    """A finding that has to be put right."""
    return Finding(topic, Status.PROBLEM, text, advice)
