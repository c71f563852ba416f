"""The parts of an .xlsx package, unpacked in pieces and counted; and XML read as a stream, without document types."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from villages.importing import limits
from villages.importing.table import refuse

_CHUNK = 64 * 1024
DAMAGED = "文件已损坏，打不开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
TOO_LARGE = "文件解压后过大（超过 200 MB）,可能不是正常的户籍表。请只保留户籍数据，另存为 .xlsx 再上传"


class Stop(Exception):
    """Raised inside expat callbacks to leave the parser; becomes InputError in :func:`feed`."""


class Parts:
    """The parts of the package, unpacked piece by piece against one common budget."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise refuse(DAMAGED) from error
        self._data = data
        infos = self._zip.infolist()
        if len(infos) > limits.MAX_PARTS:
            raise refuse(TOO_LARGE)
        self._infos = {info.filename.lstrip("/"): info for info in infos}
        self._taken: dict[str, int] = {}

    def names(self) -> list[str]:
        return list(self._infos)

    def stream(self, name: str) -> Iterator[bytes]:
        """Pieces of one part. Counts what comes out, whatever the directory declares; reading twice counts once."""
        info = self._infos.get(name)
        if info is None:
            raise refuse(DAMAGED)
        if info.flag_bits & 0x1:
            raise refuse("文件有密码保护，无法读取。请在 Excel 中取消密码后重新保存再上传")
        others = sum(taken for part, taken in self._taken.items() if part != name)
        taken = 0
        for piece in _unpack(self._data, info):
            taken += len(piece)
            self._taken[name] = max(taken, self._taken.get(name, 0))
            if others + taken > limits.MAX_UNPACKED_BYTES:
                raise refuse(TOO_LARGE)
            yield piece

    def read(self, name: str, cap: int = 4 * 1024 * 1024) -> bytes:
        """A small part whole."""
        pieces = bytearray()
        for piece in self.stream(name):
            pieces += piece
            if len(pieces) > cap:
                raise refuse(TOO_LARGE)
        return bytes(pieces)


def _unpack(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    header = data[info.header_offset : info.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise refuse(DAMAGED)
    start = (
        info.header_offset
        + 30
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    packed = memoryview(data)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        for offset in range(0, len(packed), _CHUNK):
            yield bytes(packed[offset : offset + _CHUNK])
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise refuse(DAMAGED)
    engine = zlib.decompressobj(-15)
    try:
        for offset in range(0, len(packed), _CHUNK):
            piece = engine.decompress(packed[offset : offset + _CHUNK], _CHUNK)
            while piece:
                yield piece
                piece = engine.decompress(engine.unconsumed_tail, _CHUNK) if engine.unconsumed_tail else b""
        rest = engine.flush()
        if rest:
            yield rest
    except zlib.error as error:
        raise refuse(DAMAGED) from error


def local_name(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def new_parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def no_doctype(*_args: object) -> None:
        raise Stop

    parser.StartDoctypeDeclHandler = no_doctype
    return parser


def feed(parser: expat.XMLParserType, pieces: Iterator[bytes]) -> None:
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, Stop) as error:
        raise refuse(DAMAGED) from error
