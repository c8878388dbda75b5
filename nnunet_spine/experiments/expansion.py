"""Variables of the environment in the texts of an experiment file."""

from __future__ import annotations

import os
import re

_VARIABLE = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})")


def expand(text: str, meaning: str = "") -> str:
    """A text with the values of its variables, `$NAME` or `${NAME}`.

    Args:
        text: the text.
        meaning: what it says, for the error.

    Raises:
        ValueError: naming the variables that are not set, and what they are for.
    """
    text = str(text)
    found = [match["plain"] or match["braced"] for match in _VARIABLE.finditer(text)]
    missing = [f"${name}" for name in dict.fromkeys(found) if not os.environ.get(name)]
    if missing:
        names, are = " and ".join(missing), "is" if len(missing) == 1 else "are"
        what = f"with {meaning}" if meaning else "with the value that belongs here"
        raise ValueError(f"{names} {are} not set (in {text!r}); export it {what}")
    return _VARIABLE.sub(lambda match: os.environ[match["plain"] or match["braced"]], text)
