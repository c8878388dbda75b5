"""The parts of the benchmark of networks; `networks.py` beside this folder is the command."""
