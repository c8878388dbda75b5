"""`python -m nnunet_spine.experiments.job GRAPH NODE`: makes one node of a graph, unless it is made already."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nnunet_spine.experiments.job.run import run_node
from nnunet_spine.experiments.nodes import read_graph

parser = argparse.ArgumentParser(prog="nnunet_spine.experiments.job", description=__doc__)
parser.add_argument("graph", type=Path, help="graph.json of an experiment")
parser.add_argument("node", help="id of the node")
parser.add_argument("--cores", type=int, help="that it may use (default: what the graph says)")
parser.add_argument(
    "--gpus",
    default="none",
    help="numbers of the GPUs that jobs share, such as 0,1: it takes one that is free; none (default); or given, as "
    "CUDA_VISIBLE_DEVICES says",
)
parser.add_argument(
    "--attempt", type=int, default=1, help="after the first, what failed by itself is not tried again (default: 1)"
)
args = parser.parse_args()
graph = read_graph(args.graph)
cores = args.cores or graph.needs[graph.nodes[args.node].kind].cores
sys.exit(run_node(graph, args.node, cores, args.gpus, args.attempt))
