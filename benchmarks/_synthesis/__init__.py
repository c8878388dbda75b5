"""The parts of the benchmark of synthesis; `synthesis.py` beside this folder is the command."""
