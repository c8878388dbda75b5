"""A process that is told to stop cleans up."""

from __future__ import annotations

import signal

import pytest

from nnunet_spine.plumbing.stopping import interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_ends_are_taken_as_interruptions(number: int):
    before = signal.signal(number, signal.SIG_DFL)  # whatever the tests were started with: nohup ignores one of them
    try:
        with pytest.raises(KeyboardInterrupt), interruptible():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_where_there_is_no_terminal_to_hang_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(signal, "SIGHUP")
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(signal.SIGTERM)


def test_what_is_ignored_stays_so():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
