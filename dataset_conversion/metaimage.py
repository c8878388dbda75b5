"""Whether a MetaImage file (.mha) is whole.

SimpleITK prints a line and goes on where the compressed data of a MetaImage are damaged: the voxels after the damage
are wrong, and nothing is raised. The header says how many bytes there must be, and a zlib stream ends with the
Adler-32 checksum of what was compressed (RFC 1950), which costs a few milliseconds to compare.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_HEADER_LIMIT = 1 << 20
_BYTES = {
    "MET_CHAR": 1,
    "MET_UCHAR": 1,
    "MET_SHORT": 2,
    "MET_USHORT": 2,
    "MET_INT": 4,
    "MET_UINT": 4,
    "MET_LONG_LONG": 8,
    "MET_ULONG_LONG": 8,
    "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}


@dataclass(frozen=True)
class MetaHeader:
    """What a MetaImage says of its voxel data.

    Attributes:
        fields: the header's entries as they stand there.
        data_offset: where the voxel data begin, for data in the same file.
    """

    fields: dict[str, str]
    data_offset: int

    @property
    def local(self) -> bool:
        """Whether the voxel data lie in the same file."""
        return self.fields["ElementDataFile"].upper() == "LOCAL"

    @property
    def compressed(self) -> bool:
        """Whether the voxel data are compressed."""
        return self.fields.get("CompressedData", "False").lower() == "true"

    @property
    def voxel_bytes(self) -> int | None:
        """Size of the voxel data before compression; None for an element type that is not in the table."""
        element = _BYTES.get(self.fields.get("ElementType", ""))
        if element is None:
            return None
        size = math.prod(int(n) for n in self.fields["DimSize"].split())
        return size * element * int(self.fields.get("ElementNumberOfChannels", "1"))

    @property
    def stored_bytes(self) -> int | None:
        """Size of the voxel data in the file; None where the header does not say."""
        if not self.compressed:
            return self.voxel_bytes
        size = self.fields.get("CompressedDataSize")
        return int(size) if size else None


def read_meta_header(path: Path) -> MetaHeader:
    """Header of a MetaImage.

    Raises:
        ValueError: if it is none.
    """
    with path.open("rb") as file:
        start = file.read(_HEADER_LIMIT)
    fields: dict[str, str] = {}
    offset = 0
    while "ElementDataFile" not in fields:
        end = start.find(b"\n", offset)
        key, equals, value = start[offset : max(end, offset)].decode("latin-1").partition("=")
        if end < 0 or not equals:
            raise ValueError("not a MetaImage, or cut off within the header: no ElementDataFile entry")
        fields[key.strip()] = value.strip()
        offset = end + 1
    if "DimSize" not in fields:
        raise ValueError("not a MetaImage: no DimSize entry")
    return MetaHeader(fields, offset)


def check_complete(path: Path) -> MetaHeader:
    """Check by the header that the file holds all its voxel data.

    Raises:
        ValueError: if bytes are missing.
    """
    header = read_meta_header(path)
    present = path.stat().st_size - header.data_offset
    if header.local and header.stored_bytes is not None and present < header.stored_bytes:
        raise ValueError(f"truncated: {header.stored_bytes} bytes of voxel data expected, {present} found")
    return header


def check_checksum(path: Path, header: MetaHeader, data: np.ndarray) -> None:
    """Check that a compressed file's voxels are those that were compressed.

    Args:
        path: the file.
        header: its header.
        data: its voxels as they were read, in the file's order (C-contiguous).

    Raises:
        ValueError: if the checksum is another one.
    """
    if not (header.local and header.compressed and header.stored_bytes and data.nbytes == header.voxel_bytes):
        return
    with path.open("rb") as file:
        file.seek(header.data_offset)
        if file.read(1) != b"\x78":
            return
        file.seek(header.data_offset + header.stored_bytes - 4)
        expected = int.from_bytes(file.read(4), "big")
    big_endian = header.fields.get("BinaryDataByteOrderMSB", header.fields.get("ElementByteOrderMSB", "False"))
    if zlib.adler32(data.byteswap() if big_endian.lower() == "true" else data) != expected:
        raise ValueError("damaged: the voxels do not have the checksum that is stored with them")
