"""An experiment as a graph: what has to be made, out of what, and by which commands; one builder a kind of node.

    datasets (convert, synthesize, raw) -> preprocess -> models (train, finetune, average) -> predict -> evaluate
                     |                        |
                     +-> degrade (tests)      +-> priors (for training)

What two arms, folds or experiments have in common has one id, and is made once.
"""

from nnunet_spine.experiments.graph.build import build_graph

__all__ = ["build_graph"]
