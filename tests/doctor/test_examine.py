"""All checks together."""

from __future__ import annotations

from nnunet_spine.doctor import examine
from nnunet_spine.doctor.finding import Status, ok

OK, PROBLEM = Status.OK, Status.PROBLEM


def test_a_check_that_fails_does_not_stop_the_others(statuses):
    def broken():
        yield ok("broken", "so far so good")
        raise OSError("the disk is on fire")

    findings = examine([("broken", broken), ("sound", lambda: [ok("sound", "fine")])])
    assert statuses(findings) == [OK, PROBLEM, OK]
    assert "the disk is on fire" in findings[1].text
