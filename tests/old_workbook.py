"""Old binary workbooks (.xls) for tests: records of cells in a compound file."""

import struct

_BEGIN, _SHEET, _END = 0x0809, 0x0085, 0x000A
_FREE, _END_OF_CHAIN, _OF_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _LEAST = 512, 4_096


def _record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def _begin(kind):
    return _record(_BEGIN, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 6))


def number(row, column):
    """A cell with the number 1."""
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, 1.0))


def text(row, column, content):
    return _record(
        0x0204, struct.pack("<HHHHB", row, column, 0, len(content), 0) + content.encode()
    )


def shared(row, column, place=0):
    """A cell with one of the texts of the workbook."""
    return _record(0x00FD, struct.pack("<HHHI", row, column, 0, place))


def size(rows, columns, first=0):
    """What a sheet says of its size."""
    return _record(0x0200, struct.pack("<IIHHH", first, rows, 0, columns, 0))


def chart():
    """A part within a sheet: the cells of the sheet go on behind its end."""
    return _begin(0x20) + number(1, 1) + _record(_END)


def texts(*lengths, each=8_000):
    """All texts of a workbook; a long one goes on in further records."""
    content = b""
    records = []
    for length in lengths:
        content += struct.pack("<HB", length, 0)
        signs = length
        while signs > each - len(content):
            signs -= each - len(content)
            records.append(content.ljust(each, b"a"))
            content = b"\0"
        content += b"a" * signs
    records.append(content)
    head = struct.pack("<II", len(lengths), len(lengths))
    return _record(0x00FC, head + records[0]) + b"".join(
        _record(0x003C, record) for record in records[1:]
    )


def old_book(*sheets, repeated=1, told=b""):
    """A workbook of sheets, each named several times."""
    head = _begin(5) + _record(0x0042, struct.pack("<H", 1200)) + told
    places = len(sheets) * repeated
    named = len(_record(_SHEET, bytes(8) + b"S0000"))
    start = len(head) + places * named + len(_record(_END))
    lines, parts = b"", b""
    for count, sheet in enumerate(sheets):
        for time in range(repeated):
            name = f"S{count * repeated + time:04}".encode()
            at = start + len(parts)
            lines += _record(_SHEET, struct.pack("<IBBBB", at, 0, 0, len(name), 0) + name)
        parts += _begin(0x10) + sheet + _record(_END)
    return head + lines + _record(_END) + parts


def compound(stream):
    """A compound file with a stream `Workbook`: a table of sectors, a directory, the stream."""
    size_bytes = max(_LEAST, -(-len(stream) // _SECTOR) * _SECTOR)
    stream = stream.ljust(size_bytes, b"\0")
    last = size_bytes // _SECTOR + 1
    tables = -(-(last + 1) // 127)  # They lie behind the stream, but for the first.
    following = [_OF_TABLE, _END_OF_CHAIN, *range(3, last + 1), _END_OF_CHAIN]
    following += [_OF_TABLE] * (tables - 1)
    following += [_FREE] * (128 * tables - len(following))
    places = [0, *range(last + 1, last + tables)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, tables, 1, 0, _LEAST, _END_OF_CHAIN, 0, _END_OF_CHAIN, 0)
    header += struct.pack(f"<{tables}I", *places).ljust(_SECTOR - len(header), b"\xff")
    directory = _entry("Root Entry", 5, _END_OF_CHAIN, 0, 1) + _entry(
        "Workbook", 2, 2, size_bytes, _FREE
    )
    table = struct.pack(f"<{128 * tables}I", *following)
    first, rest = table[:_SECTOR], table[_SECTOR:]
    return header + first + directory.ljust(_SECTOR, b"\0") + stream + rest


def _entry(name, kind, start, size_bytes, child):
    written = name.encode("utf-16-le")
    head = written.ljust(64, b"\0") + struct.pack("<HBB", len(written) + 2, kind, 1)
    return head + struct.pack("<III36xIQ", _FREE, _FREE, child, start, size_bytes)
