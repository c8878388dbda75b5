"""`nnunet-spine doctor`: what is printed and the exit code."""

from __future__ import annotations

import json

import pytest

from nnunet_spine import doctor
from nnunet_spine.cli import main
from nnunet_spine.doctor.finding import Finding, note, ok, problem

FINE = [ok("a", "is fine"), note("b", "is worth knowing", "Look at it.")]
BROKEN = [*FINE, problem("c", "is broken", "Mend it.")]


@pytest.fixture
def findings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    monkeypatch.setattr(doctor, "examine", lambda: request.param)
    return request.param


@pytest.mark.parametrize(("findings", "code"), [(FINE, 0), (BROKEN, 1)], indirect=["findings"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_exit_code(findings: list[Finding], code: int, options: list[str]):
    assert main(["doctor", *options]) == code


@pytest.mark.parametrize("findings", [BROKEN], indirect=True)
def test_text(findings: list[Finding], capsys: pytest.CaptureFixture[str]):
    main(["doctor"])
    assert capsys.readouterr().out.splitlines() == [
        "OK       a: is fine",
        "NOTE     b: is worth knowing",
        "         -> Look at it.",
        "PROBLEM  c: is broken",
        "         -> Mend it.",
        "",
        "1 problem.",
    ]


@pytest.mark.parametrize("findings", [BROKEN], indirect=True)
def test_json(findings: list[Finding], capsys: pytest.CaptureFixture[str]):
    main(["doctor", "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed[2] == {"topic": "c", "status": "PROBLEM", "text": "is broken", "advice": "Mend it."}
    assert [Finding(**finding) for finding in printed] == findings
