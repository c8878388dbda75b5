"""Statistics that many figures and tables ask for are made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from nnunet_spine.comparison.reading.collect import Collection

_P = ParamSpec("_P")
_T = TypeVar("_T")


def once(function: Callable[Concatenate[Collection, _P], _T]) -> Callable[Concatenate[Collection, _P], _T]:
    """Decorator: a second call with the same rows and arguments gives what the first one gave, as long as rows live.

    Whoever asks gets the same object, so nobody may change it.
    """
    made: WeakKeyDictionary[Collection, dict[Hashable, _T]] = WeakKeyDictionary()

    @wraps(function)
    def remembered(collection: Collection, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        of_rows = made.setdefault(collection, {})
        key = (args, tuple(sorted(kwargs.items())))
        if key not in of_rows:
            of_rows[key] = function(collection, *args, **kwargs)
        return of_rows[key]

    return remembered
