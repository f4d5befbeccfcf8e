"""Anything at all, by hypothesis: what reads a learner's bytes refuses them, or returns what it promises."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.sandbox.channel import REPLY_LIMIT, Channel
from autograder.sandbox.outcomes import Killed, Tampered, TimedOut
from autograder.submissions import zip_archive
from autograder.submissions.notebook import Unreadable, parse_notebook
from autograder.submissions.sanitize import (
    MAX_OUTPUTS,
    MAX_TEXT,
    harmless_markdown,
    harmless_outputs,
    rendered,
)
from tests.support import patience

# Always the same examples, and no deadline for each: a run on an unchanged tree must not fail by chance.
few = settings(max_examples=150, database=None, derandomize=True, deadline=None)

HANDOUT = Path(__file__).parents[1] / "data" / "tiny_course" / "modules" / "01_threads" / "exercises.ipynb"
NOTEBOOK: dict[str, Any] = json.loads(HANDOUT.read_text())
NAME = Path("exercises.ipynb")

texts = st.text(st.characters(exclude_categories=()), max_size=30)  # half characters, too
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def spoilt_notebooks(draw: st.DrawFn) -> dict[str, Any]:
    """A real notebook with some of its values replaced by anything."""
    notebook = json.loads(HANDOUT.read_text())
    for _ in range(draw(st.integers(1, 4))):
        place: Any = notebook
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.integers(0, 3)) == 0:
                break
            place = place[key]
        place[key] = draw(values)
    return notebook


@st.composite
def spoilt_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which some are others, or gone, or there twice."""
    spoilt = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(0, len(spoilt) - 1)))
        length = draw(st.integers(0, 8))
        match draw(st.sampled_from(["change", "cut", "repeat", "end"])):
            case "change":
                spoilt[start : start + length] = draw(st.binary(min_size=length, max_size=length))
            case "cut":
                del spoilt[start : start + length]
            case "repeat":
                spoilt[start:start] = spoilt[start : start + length]
            case _:
                del spoilt[max(start, len(spoilt) // 2) :]
    return bytes(spoilt)


def read(data: bytes) -> None:
    try:
        submission = parse_notebook(NAME, data)
    except Unreadable as refusal:
        assert str(refusal).isprintable()
        return
    for cell in submission.cells:
        cell.source.encode()
        assert isinstance(cell.kind, str)
        assert cell.points is None or isinstance(cell.points, float)
    assert all(problem.isprintable() for problem in submission.problems)


@few
@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(data: bytes):
    read(data)


@few
@given(spoilt_notebooks())
def test_any_notebook_is_read_or_refused(notebook: dict[str, Any]):
    read(json.dumps(notebook).encode())


@few
@given(spoilt_bytes(HANDOUT.read_bytes()))
def test_any_damaged_notebook_is_read_or_refused(data: bytes):
    read(data)


def bundle() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for student in ("ada", "bob"):
            zipped.writestr(f"{student}/01_threads/exercises.ipynb", HANDOUT.read_bytes()[:300])
        zipped.writestr("cleo.ipynb", b"0" * 5000)
    return made.getvalue()


@few
@given(spoilt_bytes(bundle()))
def test_any_archive_is_unpacked_inside_its_folder(data: bytes):
    with tempfile.TemporaryDirectory() as outside:
        path, folder = Path(outside, "class.zip"), Path(outside, "inner", "folder")
        path.write_bytes(data)
        folder.mkdir(parents=True)
        try:
            refused = zip_archive.unpack(path, folder)
            assert all(refused.values())
        except zip_archive.ArchiveError as error:
            assert "folder will do" in str(error)
        written = [file for file in Path(outside).rglob("*") if file.is_file() and file != path]
        assert all(folder in file.parents and file.suffix == ".ipynb" for file in written)


@contextmanager
def line() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel to a real process, and the end that the process would hold."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(["sleep", "60"])
    channel = Channel(ours, os.pidfd_open(process.pid))
    try:
        yield channel, theirs
    finally:
        channel.kill()
        theirs.close()
        process.wait(patience.seconds())


def framed(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data


replies = (
    st.binary(max_size=60)
    | st.binary(max_size=60).map(framed)
    | values.map(lambda value: framed(json.dumps(value).encode()))
    | values.map(lambda value: framed(json.dumps({"token": value, "kind": "value"}).encode()))
)


@few
@given(st.lists(replies, max_size=3).map(b"".join), st.booleans())
@example(struct.pack("!I", REPLY_LIMIT + 1), False)
@example(framed(b"[" * 100_000), False)
@example(framed(b'{"token": ' + b"9" * 10_000 + b"}"), False)
@example(framed('{"token": "x"}'.encode("utf-16")), False)
def test_no_bytes_pass_for_a_reply(data: bytes, closed: bool):
    with line() as (channel, theirs):
        theirs.sendall(data)
        if closed:
            theirs.shutdown(socket.SHUT_WR)
        with pytest.raises((TimedOut, Killed, Tampered)):
            channel.call(0.01, op="cell", source="x = 1")
        assert not channel.open


def answer(theirs: socket.socket, reply: Any) -> None:
    """Answer one call as its process would, with its token."""
    (size,) = struct.unpack("!I", theirs.recv(4, socket.MSG_WAITALL))
    call = json.loads(theirs.recv(size, socket.MSG_WAITALL))
    theirs.sendall(framed(json.dumps({**reply, "token": call["token"]}).encode()))


@few
@given(st.dictionaries(texts, values, max_size=4))
def test_what_answers_comes_back_as_it_was_sent(reply: dict[str, Any]):
    with line() as (channel, theirs):
        peer = threading.Thread(target=answer, args=(theirs, reply))
        peer.start()
        found = channel.call(5, op="probe")
        peer.join()
    wanted = json.loads(json.dumps({key: value for key, value in reply.items() if key != "token"}))
    whole = json.loads(json.dumps(wanted, ensure_ascii=False).encode(errors="replace"))  # no half characters
    assert json.dumps(found, ensure_ascii=False) == json.dumps(whole, ensure_ascii=False)


kinds = st.sampled_from(["stream", "error", "execute_result", "display_data", "update_display_data", "x"])
mimes = st.sampled_from(["text/plain", "text/html", "image/png", "image/jpeg", "image/svg+xml", "text/latex"])
pictures = st.sampled_from(["iVBORw0KGgo=", "/9j/4AAQ", "iVBOR\n", "iVBOR====", "/9j/é", 'iVBOR"onerror=1'])
outputs = st.fixed_dictionaries(
    {},
    optional={
        "output_type": kinds | values,
        "name": st.sampled_from(["stdout", "stderr"]) | values,
        "text": texts | values,
        "data": st.dictionaries(mimes | texts, texts | pictures | values, max_size=4) | values,
        "metadata": values,
        **dict.fromkeys(("ename", "evalue"), texts | values),
        "traceback": st.lists(texts | values, max_size=3) | values,
    },
)
PIXELS = {"image/png", "image/jpeg"}


@few
@given(st.lists(outputs | values, max_size=6) | values)
def test_any_outputs_become_harmless(found: object):
    shown = harmless_outputs(found)
    assert len(shown) <= MAX_OUTPUTS
    for output in shown:
        assert output["output_type"] in {"stream", "error", "execute_result", "display_data"}
        assert set(output) <= {
            *("output_type", "name", "text", "data", "metadata", "execution_count"),
            *("ename", "evalue", "traceback"),
        }
        data = output.get("data", {})
        assert set(data) <= PIXELS | {"text/plain"}
        assert all(re.fullmatch(r"[\w+/=\s]*", data[kind], re.ASCII) for kind in PIXELS & set(data))
        assert not output.get("metadata")
    assert len(json.dumps(shown)) < 12 * (MAX_TEXT + 1000)


# What Markdown and HTML are made of, in any order.
pieces = st.lists(
    st.sampled_from(
        [
            *("<", ">", "script", "img", " src=", " onerror=", "http://x", "javascript:", "data:", "&#106;"),
            *("[", "]", "(", ")", "!", "`", "```", "~~~", "\n", "\n\n", "    ", "$", "$$", "\\", "\\href"),
            *(
                ":",
                "\\:",
                "\t",
                "\0",
                "\u2028",
                "<!--",
                "-->",
                "<svg/onload=1>",
                "[a]: ",
                "|",
                "-",
                "> ",
                "#",
            ),
            *("style", "<style>", "java", "&colon;", '"', "'", "{", "}", "http:", "//x", "*", "_", "1. "),
        ]
    ),
    max_size=25,
).map("".join)


def is_inert(html: str) -> bool:
    """Whether HTML holds but text, marks of text, and links to pages: else a sanitizer would change it."""
    return not re.search(r"<(script|img|iframe|svg|style|object|embed|form|base|meta|link)\b", html, re.I) and (
        not re.search(r"<[^>]*\s(on\w+|style|src)\s*=", html, re.I)
        and not re.search(r'href="\s*(?!https?:|mailto:|#|/|[^":]*")', html, re.I)
    )  # fmt: skip


@few
@given(pieces)
@example("[x](javascript\\:alert(1))")
@example("[x]\n\n[x]: javascript\\:alert(1)")
@example(">" * MAX_TEXT)
def test_any_markdown_becomes_harmless_where_it_is_not_sanitized(text: str):
    """As nbconvert renders it when nobody has set it up: with HTML, and with any link."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    shown = harmless_markdown(text)
    html = markdown2html_mistune(shown)
    assert is_inert(html), html
    outside = re.sub(r"(?s)<pre>.*?</pre>|<code>.*?</code>", "", html)
    assert not re.search(r"\\[A-Za-z]", outside), "a command to MathJax"


@few
@given(pieces)
@example("[" * MAX_TEXT)
@example(">" * MAX_TEXT)
def test_any_markdown_is_rendered_harmlessly(text: str):
    html = str(rendered(text))
    assert is_inert(html)
    assert nh3.clean(html, link_rel="noopener noreferrer nofollow") == html
