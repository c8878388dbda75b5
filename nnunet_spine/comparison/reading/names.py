"""What arms are called: trainings on different numbers of patients are arms of their own, and one series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nnunet_spine.comparison.reading.source import Source
from nnunet_spine.plumbing.wording import counted

_PATIENTS = re.compile(r"[ _,]*\d+[ _]?patients?")


def name_arms(sources: Sequence[Source]) -> list[Source]:
    """Give every run its series, and the runs of an arm that differ in the number of patients an arm each.

    The series is the name of the arm without the number of patients, such as `_5patients` in the name of a trainer.
    """
    named = []
    for source in sources:
        arm, number = source.run.arm, source.run.real_patients
        several = len({other.run.real_patients for other in sources if other.run.arm == arm}) > 1
        name = f"{arm}, {counted(number, 'patient')}" if several and number is not None else arm
        named.append(replace(source, run=replace(source.run, arm=name), series=_PATIENTS.sub("", arm) or arm))
    return named
