"""Pictures of a case for a page: image, reference and predictions slice by slice, how far borders lie apart."""

from nnunet_spine.casebook.case import CaseFiles, CasePictures, draw_case
from nnunet_spine.casebook.source import NotAvailableError, SourceFile

__all__ = ["CaseFiles", "CasePictures", "NotAvailableError", "SourceFile", "draw_case"]
