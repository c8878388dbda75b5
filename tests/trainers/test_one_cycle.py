import pytest
import torch

from nnunet_spine.trainers.one_cycle import END, START, WARM_UP, OneCycleSchedule


def schedule(epochs: int = 10, iterations: int = 20) -> OneCycleSchedule:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    return OneCycleSchedule(optimizer, peak=2.0, epochs=epochs, iterations=iterations)


def test_the_rate_rises_once_to_the_peak_and_falls_once():
    made = schedule()
    rates = [made.rate(i) for i in range(200)]
    assert rates[0] == pytest.approx(2 * START)
    assert rates[-1] == pytest.approx(2 * END)
    assert max(rates) == pytest.approx(2, rel=1e-3)
    top = rates.index(max(rates))
    assert top == pytest.approx(WARM_UP * 200, abs=1)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_a_resumed_run_finds_its_place_by_the_epoch_alone():
    running, resumed = schedule(), schedule()
    for _ in range(3 * 20):
        running.step()
    resumed.step(3)
    assert resumed.optimizer.param_groups[0]["lr"] == running.optimizer.param_groups[0]["lr"] == running.rate(60)


def test_a_run_of_one_iteration_has_a_rate():
    assert schedule(1, 1).rate(0) > 0
