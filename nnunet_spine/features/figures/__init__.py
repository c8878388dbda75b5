"""Figures of features."""
