"""Studies as one file and one command: an experiment file becomes a graph of nnU-Net's and our own commands.

    file (schema.py) -> graph of nodes (nodes.py) -> engine: Snakemake, a node a job -> results -> report

What a node makes lies in a folder named after everything that decides about it (workspace.py): nothing is done twice, a
changed setting makes anew what depends on it and nothing else, and experiments in one workspace share what they have in
common.
"""
