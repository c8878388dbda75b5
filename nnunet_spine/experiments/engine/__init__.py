"""Runs a graph with Snakemake, a node a job, and tells a person how it goes.

Snakemake schedules; what is true lies in the folders of the nodes, written by the jobs.
"""
