"""Run by the Python of an environment under test: tells as JSON, on its last line, what nnU-Net finds there."""

import contextlib
import io
import json
import multiprocessing
import sys


def look_up(name):
    from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name

    try:
        return recursive_find_trainer_class_by_name(name)
    except RuntimeError as error:
        return f"RuntimeError: {error}"


def full_name(found):
    return f"{found.__module__}.{found.__qualname__}" if isinstance(found, type) else found


def survives_a_worker(found):
    """Whether a class comes back as itself from a process that has imported nothing yet."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(returned, (found,)) is found


def returned(found):
    return found


def output_of(command, arguments):
    """What a command prints when its entry point is called."""
    sys.argv = arguments
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        command()
    return output.getvalue()


def help_of_training():
    from nnunetv2.run.run_training import run_training_entry

    return output_of(run_training_entry, ["nnUNetv2_train", "-h"])


def doctors_findings():
    try:
        from nnunet_spine.cli import main
    except ImportError:
        return None
    return json.loads(output_of(main, ["nnunet-spine", "doctor", "--json"]))


if __name__ == "__main__":
    names = sys.argv[1:]
    classes = {name: look_up(name) for name in names}
    report = {
        "found": {name: full_name(found) for name, found in classes.items()},
        "survives_a_worker": isinstance(classes[names[0]], type) and survives_a_worker(classes[names[0]]),
        "help": help_of_training(),
        "doctor": doctors_findings(),
    }
    print(json.dumps(report))
