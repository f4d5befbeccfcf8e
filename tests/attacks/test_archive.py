"""Hostile archives: nothing leaves the folder, nothing fills the disk, and the other student is graded."""

from __future__ import annotations

import io
import random
import struct
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograder.submissions import zip_archive
from autograder.submissions.inbox import open_inbox

from .table import Attack

MODULE = "01_basic"
NOTEBOOK = '{"cells": [], "metadata": {"course": {"module": "01_basic"}}, "nbformat": 4, "nbformat_minor": 5}'
HONEST = f"bob/{MODULE}/exercises.ipynb"
EVIL = f"ada/{MODULE}/exercises.ipynb"
MB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Packed(Attack):
    """An archive of an honest student's notebook and of what an attacker adds."""

    row: str = "archive"
    add: Callable[[zipfile.ZipFile], object] = field(repr=False)
    spoil: Callable[[bytes], bytes] = field(default=lambda data: data, repr=False)  #: afterwards
    refused: str = ""  #: why what the attacker added is refused; empty where it does no harm
    student: str = "ada"  #: who must be told, by what the inbox makes of it; empty for a stray


def named(*names: str) -> Callable[[zipfile.ZipFile], object]:
    return lambda bundle: [bundle.writestr(name, NOTEBOOK) for name in names]


def moded(mode: int, text: str = "/etc/passwd") -> Callable[[zipfile.ZipFile], object]:
    def add(bundle: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo(EVIL)
        entry.create_system, entry.external_attr = 3, mode << 16
        bundle.writestr(entry, text)

    return add


def packed(kind: int, size: int = 64 * MB) -> Callable[[zipfile.ZipFile], object]:
    return lambda bundle: bundle.writestr(EVIL, b"\0" * size, compress_type=kind, compresslevel=9)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new)


def in_directory(name: str, offset: int, value: bytes) -> Callable[[bytes], bytes]:
    """Overwrite a field of an entry in the list at the archive's end: what `zipfile` goes by."""

    def spoil(data: bytes) -> bytes:
        at = data.rindex(name.encode()) - 46
        assert data[at : at + 4] == b"PK\1\2"
        return data[: at + offset] + value + data[at + offset + len(value) :]

    return spoil


def nested(bundle: zipfile.ZipFile) -> None:
    """A bomb in a bomb: whoever unpacks what they unpack gets 10 GB."""
    layer = b"\0" * (10 << 20)
    for depth in range(3):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as inner:
            for number in range(10):
                inner.writestr(f"{depth}{number}.zip", layer)
        layer = made.getvalue()
    bundle.writestr(f"ada/{MODULE}/more.zip", layer)
    bundle.writestr(EVIL, layer)


def overlapping(data: bytes) -> bytes:
    """Fifield's bomb, simply: thousands of entries whose list points at the same few bytes."""
    end = data.rindex(b"PK\5\6")
    size, start = struct.unpack("<II", data[end + 12 : end + 20])
    listed = data[start:end]
    at = listed.index(b"ada/00") - 46
    one = listed[at : at + 46 + len("ada/00/00000.ipynb")]
    more = b"".join(one.replace(b"ada/00/00000", b"ada/00/%05d" % n) for n in range(1, 5000))
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", *[5000 + 1] * 2)
    tail[12:16] = struct.pack("<I", size + len(more))
    return data[:end] + more + bytes(tail)


def greedy(bundle: zipfile.ZipFile) -> None:
    """One student who hands in more than the whole class may."""
    for number in range(40):
        bundle.writestr(f"ada/{number}/exercises.ipynb", b"\0" * MB)


def deep(bundle: zipfile.ZipFile) -> None:
    for number in range(50):
        bundle.writestr(f"ada/{number}/" + "d/" * 500 + "exercises.ipynb", NOTEBOOK)


def commented(bundle: zipfile.ZipFile) -> None:
    """A comment that looks like the end of another archive, which holds a path that leads out."""
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as inner:
        inner.writestr("../../evil.ipynb", NOTEBOOK)
    bundle.writestr(EVIL, NOTEBOOK)
    bundle.comment = other.getvalue()[:-22]


LEADS, TWICE, MORE = "leads out", "2 times", "unpacks to more"
E_ACUTE = "caf\u00e9", unicodedata.normalize("NFD", "caf\u00e9")

ATTACKS = (
    Packed(name="../", tries="to write above the folder", add=named("../../evil.ipynb"), refused=LEADS, student=""),
    Packed(name="a/../../", tries="to write above the folder", add=named("ada/../../evil.ipynb"), refused=LEADS, student=""),
    Packed(name="absolute path", tries="to write to /tmp", add=named("/tmp/evil.ipynb"), refused=LEADS, student=""),
    Packed(name="backslashes", tries="..\\ as Windows writes it", add=named("..\\..\\evil.ipynb"), refused=LEADS, student=""),
    Packed(name="drive letter", tries="C: as Windows has it", add=named("C:/evil.ipynb"), refused=LEADS, student="C%3A"),
    Packed(name="share", tries="a path on another machine", add=named("\\\\host\\share\\evil.ipynb"), refused=LEADS, student=""),
    Packed(name="name of nothing", tries="an entry that is the folder", add=named("."), refused=LEADS, student=""),
    Packed(name="link", tries="a link to /etc/passwd", add=moded(0o120777), refused="link or a device"),
    Packed(name="device", tries="a block device", add=moded(0o060666), refused="link or a device"),
    Packed(name="character device", tries="/dev/zero", add=moded(0o020666), refused="link or a device"),
    Packed(name="pipe", tries="a pipe", add=moded(0o010666), refused="link or a device"),
    Packed(name="socket", tries="a socket", add=moded(0o140666), refused="link or a device"),
    Packed(name="set-uid", tries="a program that runs as root", add=moded(0o104777, NOTEBOOK)),
    Packed(name="bomb", tries="64 MB from 64 kB", add=packed(zipfile.ZIP_DEFLATED), refused=MORE),
    Packed(name="bzip2 bomb", tries="what unpacks all at once", add=packed(zipfile.ZIP_BZIP2, MB), refused="unusual way"),
    Packed(name="lzma bomb", tries="what unpacks all at once", add=packed(zipfile.ZIP_LZMA, MB), refused="unusual way"),
    Packed(name="nested bomb", tries="10 GB in three layers", add=nested),
    Packed(name="overlapping bomb", tries="5,000 files of the same bytes", add=lambda bundle: bundle.writestr("ada/00/00000.ipynb", b"\0" * MB), spoil=overlapping),
    Packed(name="greedy student", tries="to take the room of the class", add=greedy, refused=MORE),
    Packed(name="deep folders", tries="25,000 folders", add=deep),
    Packed(name="two of one name", tries="to leave open which counts", add=named(EVIL, EVIL), refused=TWICE),
    Packed(name="two but for case", tries="to overwrite the first on some systems", add=named(EVIL, f"Ada/{MODULE}/exercises.ipynb"), refused=TWICE),
    Packed(name="two but for dots", tries="to overwrite the first by another path", add=named(EVIL, f"ada/./{MODULE}//exercises.ipynb"), refused=TWICE),
    Packed(name="two ways to write é", tries="to overwrite the first on some systems", add=named(*(f"{n}/{MODULE}/exercises.ipynb" for n in E_ACUTE)), refused=TWICE, student=E_ACUTE[0]),
    Packed(name="file and folder", tries="a folder where a file stands", add=named("ada.ipynb", "ada.ipynb/x/exercises.ipynb"), refused="cannot be unpacked", student="ada.ipynb"),
    Packed(name="codes in a name", tries="to clear the terminal", add=named("ada\x1b[2J/exercises.ipynb"), refused=LEADS, student="ada%1B%5B2J"),
    Packed(name="right to left", tries="a name that reads otherwise", add=named("ada\u202e/exercises.ipynb"), refused=LEADS, student="ada%E2%80%AE"),
    Packed(name="NUL in a name", tries="a name that ends early", add=named(EVIL), spoil=replaced(EVIL.encode(), EVIL.replace(".", "\0").encode()), student=""),
    Packed(name="no UTF-8, unmarked", tries="bytes for a name", add=named(EVIL.replace("ada", "a_a")), spoil=replaced(b"a_a", b"a\xffa"), student=""),
    Packed(name="name of 5,000 bytes", tries="a name that no disk holds", add=named("a" * 5000 + "/exercises.ipynb"), refused="cannot be unpacked", student=""),
    Packed(name="encrypted", tries="to stop for a password", add=named(EVIL), spoil=in_directory(EVIL, 8, b"\1\0"), refused="encrypted"),
    Packed(name="strongly encrypted", tries="what zipfile raises over", add=named(EVIL), spoil=in_directory(EVIL, 8, b"\x40\0"), refused="cannot be unpacked"),
    Packed(name="unknown packing", tries="a method that nobody knows", add=named(EVIL), spoil=in_directory(EVIL, 10, b"\x63\0"), refused="unusual way"),
    Packed(name="claims less", tries="10 bytes that are 19 MB", add=packed(zipfile.ZIP_DEFLATED, 19 * MB), spoil=in_directory(EVIL, 24, b"\x0a\0\0\0"), refused="cannot be unpacked"),
    Packed(name="claims more", tries="4 GB that are a notebook", add=named(EVIL), spoil=in_directory(EVIL, 24, b"\xff\xff\xff\x7f"), refused=MORE),
    Packed(name="wrong checksum", tries="other bytes than were packed", add=named(EVIL), spoil=in_directory(EVIL, 16, b"\0\0\0\0"), refused="cannot be unpacked"),
    Packed(name="points elsewhere", tries="a start beyond the end", add=named(EVIL), spoil=in_directory(EVIL, 42, b"\xff\xff\xff\x7f"), refused="cannot be unpacked"),
    Packed(name="two names for one", tries="another name in the list than at the file", add=named(EVIL), spoil=in_directory(EVIL, 46, b"../"), refused=LEADS, student=""),
    Packed(name="archive in a comment", tries="to be taken for another archive", add=commented),
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules with smaller numbers: bombs take time to make."""
    monkeypatch.setattr(zip_archive, "MAX_FILE", 2 * MB)
    monkeypatch.setattr(zip_archive, "MAX_STUDENT", 5 * MB)
    monkeypatch.setattr(zip_archive, "MAX_TOTAL", 12 * MB)


@pytest.fixture
def inflated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each read of a packed file gave: what the time of unpacking is made of."""
    sizes: list[int] = []
    read = zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, *size: int) -> bytes:
        data = read(self, *size)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    return sizes


def made(attack: Packed, path: Path) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        warnings.simplefilter("ignore")  # two entries of one name
        attack.add(bundle)
        bundle.writestr(HONEST, NOTEBOOK)
    path.write_bytes(attack.spoil(path.read_bytes()))
    return path


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_an_archive_of_an_attacker(attack: Packed, tmp_path: Path, inflated: list[int], record_property):
    path, inside = made(attack, tmp_path / "class.zip"), tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    refused = zip_archive.unpack(path, inside)
    files = [file for file in inside.rglob("*") if not file.is_dir()]
    written = sum(file.stat().st_size for file in files)
    outside = [file for file in tmp_path.rglob("*") if file.is_file() and inside not in file.parents]
    reasons = ", ".join(sorted(set(refused.values()))) or "nothing refused"
    record_property(
        "saw", f"{reasons}; {len(files)} files of {written:,} bytes, {sum(inflated):,} were unpacked"
    )
    assert outside == [path]
    assert not Path("/tmp/evil.ipynb").exists()
    assert all(file.is_file() and not file.is_symlink() for file in files)
    assert not any(file.stat().st_mode & 0o7111 for file in files)
    assert sum(1 for _ in inside.rglob("*")) < 1000 or len(refused) > 1000
    assert written <= zip_archive.MAX_STUDENT + len(NOTEBOOK)
    assert len(NOTEBOOK) <= sum(inflated) <= zip_archive.MAX_TOTAL
    assert len(inflated) < 5000
    assert (inside / HONEST).read_text() == NOTEBOOK
    assert attack.refused in " ".join(refused.values())
    assert bool(attack.refused) <= bool(refused)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_others_of_the_archive_are_graded(attack: Packed, tmp_path: Path):
    with open_inbox(made(attack, tmp_path / "class.zip"), [MODULE]) as inbox:
        found = {entry.student: entry for entry in inbox.entries}
        assert found["bob"].problem == ""
        assert found["bob"].path.read_text() == NOTEBOOK
        if attack.refused and attack.student:
            assert attack.refused in found[attack.student].problem
        assert all(entry.student.isprintable() for entry in inbox.entries)


WHOLE = (
    Attack(name="too many files", row="archive", tries="200,001 entries"),
    Attack(name="long list", row="archive", tries="a list of files that takes 40 MB"),
    Attack(
        name="version to come", row="archive", tries="an entry for a newer tool, which zipfile raises over"
    ),
    Attack(name="no UTF-8, marked", row="archive", tries="a name that zipfile raises over"),
    Attack(name="cut off", row="archive", tries="half an archive"),
    Attack(name="list beyond the end", row="archive", tries="a list that claims 4 GB"),
    Attack(name="other kind", row="archive", tries="a file that is no archive"),
)


def listing(count: int, length: int) -> bytes:
    """An archive that is nothing but its list: `count` files with names of `length` letters."""
    entry = b"PK\1\2" + bytes(24) + struct.pack("<H", length) + bytes(16) + b"x" * length
    end = b"PK\5\6" + bytes(8) + struct.pack("<II", count * len(entry), 0) + b"\0\0"
    return entry * count + end


def whole(name: str, folder: Path) -> Path:
    path = folder / "class.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr(HONEST, NOTEBOOK)
        bundle.writestr(EVIL.replace("ada", "a\u00e9a"), NOTEBOOK)
    data = path.read_bytes()
    end = data.rindex(b"PK\5\6")
    match name:
        case "too many files":
            data = listing(zip_archive.MAX_ENTRIES + 1, 1)
        case "long list":
            data = listing(1000, 40_000)
        case "version to come":
            at = data.index(b"PK\1\2")
            data = data[: at + 6] + b"\xff" + data[at + 7 :]
        case "no UTF-8, marked":
            data = data.replace("\u00e9".encode(), b"\xff\xfe")
        case "cut off":
            data = data[: len(data) // 2]
        case "list beyond the end":
            data = data[: end + 12] + b"\xff" * 4 + data[end + 16 :]
        case _:
            data = random.Random(7).randbytes(5000)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("attack", WHOLE, ids=str)
def test_an_archive_that_cannot_be_used_is_refused_as_a_whole(
    attack: Attack, tmp_path: Path, record_property
):
    path = whole(attack.name, tmp_path)
    (tmp_path / "out").mkdir()
    with pytest.raises(zip_archive.ArchiveError, match=r"folder will do|holds") as refusal:
        zip_archive.unpack(path, tmp_path / "out")
    assert not [*(tmp_path / "out").iterdir()]
    record_property("saw", f"“{str(refusal.value).replace(str(tmp_path), '')}”")
