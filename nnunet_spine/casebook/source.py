"""The files of a case as they were when they were evaluated, or the reason why they are not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_spine.dataset_conversion.provenance import is_unchanged
from nnunet_spine.dataset_conversion.reading import read_volume
from nnunet_spine.dataset_conversion.volume import canonical


class NotAvailableError(ValueError):
    """A picture cannot be drawn; the message says why, for people."""


@dataclass(frozen=True)
class SourceFile:
    """A file that was evaluated.

    Attributes:
        path: where it was.
        fingerprint: of its content then; empty where none was taken.
    """

    path: Path
    fingerprint: Mapping[str, Any] = field(default_factory=dict)

    def read(self, shape: tuple[int, ...]) -> np.ndarray:
        """Its voxels in RAS order.

        Args:
            shape: that it had when it was evaluated, in RAS order.

        Raises:
            NotAvailableError: if it is gone, has changed, or cannot be read.
        """
        try:
            if self.fingerprint and not is_unchanged(dict(self.fingerprint), self.path):
                raise NotAvailableError(f"{self.path} has changed since it was evaluated")
            data = canonical(read_volume(self.path)).data
        except FileNotFoundError as error:
            raise NotAvailableError(f"{self.path} is not there any more") from error
        except OSError as error:
            raise NotAvailableError(f"{self.path} cannot be read: {error.strerror or error}") from error
        except NotAvailableError:
            raise
        except ValueError as error:
            raise NotAvailableError(f"{self.path}: {error}") from error
        if data.shape != tuple(shape):
            raise NotAvailableError(f"{self.path} has changed since it was evaluated: its size is another one")
        return data
