"""Intensity priors fitted to real images: per sequence and tissue, for the generator's prior `fitted`."""
