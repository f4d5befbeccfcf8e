"""The security page says the bounds that the code has, and names tests that there are."""

import re

from autograder.executors import worker_process
from autograder.sandbox import channel, http_server, kept_outputs, left_files, workdir
from autograder.submissions import notebook, safe_read, zip_archive
from autograder.testing.evidence import reader, reading
from course.instructor.similar import tokens
from course.paths import Root
from timetravel.read import apart

ROOT = Root.find()


def test_security_names_tests_and_bounds_that_there_are():
    """The table of crossings is what a reviewer works from."""
    page = (ROOT.path / "docs" / "security.md").read_text("utf-8")
    names = re.findall(r"`((?:\.\./\w+/)?test_\w+\.py)`", page)
    assert names and [name for name in names if not (ROOT.path / "tests" / "attacks" / name).is_file()] == []
    said = {
        "20 MB, 150,000 values": (safe_read.SIZE_LIMIT >> 20, safe_read.PARTS_LIMIT),
        "2,000 cells, 500,000 characters": (notebook.CELL_LIMIT, notebook.TEXT_LIMIT),
        "200,000 entries, 100 MB a student, 2 GB in all": (
            *(zip_archive.MAX_ENTRIES, zip_archive.MAX_STUDENT >> 20),
            zip_archive.MAX_TOTAL >> 30,
        ),
        "8 MB, 500,000 values": (channel.REPLY_LIMIT >> 20, channel.PARTS_LIMIT),
        "8 times for a submission": (kept_outputs.ALL_OUTPUTS,),
        "256 MB of bytes for one test": (left_files.FILE_LIMIT >> 20,),
        "2 s of processor time, 1 GB of memory, 4 MB of values": (
            *(reading.READ_SECONDS, reading.MEMORY_BYTES >> 30),
            reading.READ_BYTES >> 20,
        ),
        "64 MB, values of": (reader.REPLY_LIMIT >> 20,),
        "128 connections, 1 MB a body, 2,000 requests, 16 MB": (
            *(http_server.MOST_CONNECTIONS, http_server.BODY_LIMIT >> 20),
            *(http_server.MOST_REQUESTS, http_server.MOST_BYTES >> 20),
        ),
        "30 s of processor time, 2 GB of memory": (apart.CPU_SECONDS, apart.MEMORY_BYTES >> 30),
        "64 KB of text": (workdir.READ_LIMIT >> 10,),
        "20 MB a notebook, 50,000 characters an answer": (safe_read.SIZE_LIMIT >> 20, tokens.LONGEST),
        "twice `wall` and 60 s": (worker_process.JOB_SECONDS,),
    }
    for words, values in said.items():
        assert words in page
        numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", words)]
        assert numbers == [int(value) for value in values], words


def test_each_layer_has_one_name_and_one_short_file():
    page = (ROOT.path / "docs" / "security.md").read_text("utf-8")
    layers = re.findall(r"^\| \d+ \| `(\w+)` \| `([\w/.]+)` \|", page, re.MULTILINE)
    assert len(layers) == 12
    for name, file in layers:
        text = (ROOT.path / "autograder" / "sandbox" / file).read_text("utf-8")
        assert re.search(rf"^(class|def) {name}\b", text, re.MULTILINE), (name, file)
        assert text.count("\n") <= 200, file
    for file in re.findall(
        r"`((?:walls/|inside/)?\w+\.py)`", page[page.index("read in an hour") : page.index("## The limits")]
    ):
        assert (ROOT.path / "autograder" / "sandbox" / file).is_file(), file
