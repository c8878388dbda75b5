"""A process that is told to stop cleans up."""

from __future__ import annotations

import signal

import pytest

from nnunet_spine.plumbing.stopping import interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_ends_are_taken_as_interruptions(number: int):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before
