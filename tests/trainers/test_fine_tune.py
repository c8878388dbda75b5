import torch

from nnunet_spine.trainers.fine_tune import EPOCHS, PEAK, WarmUpPolySchedule


def rates(epochs: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    schedule, found = WarmUpPolySchedule(optimizer, PEAK, epochs), []
    for epoch in range(epochs):
        schedule.step(epoch)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def test_the_rate_rises_in_the_first_tenth_of_the_epochs_and_falls():
    found = rates(50)
    assert found[:6] == sorted(found[:6])
    assert found[5:] == sorted(found[5:], reverse=True)
    assert 0 < found[0] < 0.2 * PEAK
    assert 0.9 * PEAK < found[5] < PEAK
    assert 0 < found[-1] < 0.05 * PEAK


def test_a_run_of_one_epoch_has_a_rate():
    assert 0 < rates(1)[0] < PEAK


def test_a_resumed_run_finds_its_place_by_the_epoch_alone():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    WarmUpPolySchedule(optimizer, PEAK, 50).step(30)
    assert optimizer.param_groups[0]["lr"] == rates(50)[30]


def test_the_recipe_is_short_unless_a_length_is_named(make_trainer):
    assert make_trainer("nnUNetTrainerFineTune").num_epochs == EPOCHS
    trainer = make_trainer("nnUNetTrainerReportUNetFineTune_7x2iter")
    assert (trainer.num_epochs, trainer.num_iterations_per_epoch, trainer.initial_lr) == (7, 2, PEAK)
    trainer.initialize()
    assert isinstance(trainer.optimizer, torch.optim.SGD)
