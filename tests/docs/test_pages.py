"""Pages are printed from what notebooks and commands say of themselves."""

import base64
import json
import re
import subprocess
import sys

import pytest
import typer

from course.authoring.exercise_source import read_module
from course.cli.app import build_app
from course.errors import CourseError
from course.paths import Root
from course.site.commands_page import commands_page
from course.site.diagrams import draw_fences
from course.site.exercise_page import exercise_page
from course.site.notebook_page import Printer, fence

ROOT = Root.find()


@pytest.fixture
def printer(tmp_path):
    return Printer(folder=tmp_path / "pages", drawings=tmp_path / "drawings")


def page(printer, tmp_path, *outputs, source="1"):
    cell = {"cell_type": "code", "source": source, "outputs": list(outputs)}
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell]}))
    return printer.page_of(tmp_path / "a.ipynb")


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data):
    return {
        "output_type": "display_data",
        "data": {key.replace("_", "/"): value for key, value in data.items()},
    }


def test_code_and_what_it_put_out(printer, tmp_path):
    assert page(printer, tmp_path, stream("hi\n")) == (
        "``` python\n1\n```\n\n``` { .text .output .stdout }\nhi\n```\n"
    )


def test_pieces_of_one_stream_are_one_output(printer, tmp_path):
    text = page(printer, tmp_path, stream("a\n"), stream("b\n"), stream("c\n", "stderr"))
    assert "a\nb\n" in text and text.count(".output") == 2


def lesson(printer, tmp_path, *cells):
    written = [
        {"cell_type": "markdown", "source": told}
        if isinstance(told, str)
        else {"cell_type": "code", "source": "1", "outputs": list(told)}
        for told in cells
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": written}))
    return printer.page_of(tmp_path / "a.ipynb")


def test_only_what_was_to_be_predicted_is_folded(printer, tmp_path):
    predict = "Now kill it.\n\n> **Predict.** What is left?"
    text = lesson(
        printer, tmp_path, "Run it.", [stream("one")], predict, [stream("two")], "So.", [stream("3")]
    )
    before, inside = text.split('<details class="outcome" markdown="1">')
    inside, after = inside.split("</details>")
    assert "one" in before and "two" in inside and "3" in after
    assert "Predict" in before and "So." in after


def test_code_that_puts_out_nothing_has_nothing_to_unfold(printer, tmp_path):
    text = lesson(printer, tmp_path, "> **Predict.** What?", [], [stream("two")], "So.")
    assert text.count("<details") == 1


def test_timelines_of_a_page_share_a_style_and_a_script(printer, tmp_path):
    drawn = (
        '<div class="lgtl" role="region" aria-label="Timeline of thread a"><style>.lgtl.lgtl{--p:1}</style>'
        "<script>(()=>{browseSoon(document.currentScript.closest('.lgtl'));})();</script></div>"
    )
    text = page(printer, tmp_path, shown(text_html=drawn), shown(text_html=drawn))
    assert "<style" not in text and "<script>" not in text
    assert text.count('<link rel="stylesheet"') == 1 and text.count("<script defer") == 2
    assert '"Timeline of thread a"' in text and '"Timeline of thread a (2)"' in text
    for name in set(re.findall(r'"\.\./(timeline-\w+\.(?:js|css))"', text)):
        assert (tmp_path / name).read_text() in drawn


def test_html_is_kept_to_the_byte(printer, tmp_path):
    html = "<div><pre>a\n\n  b</pre></div>"
    text = page(printer, tmp_path, shown(text_html=html, text_plain="no"))
    assert html in text and 'tabindex="0"' in text  # it may be wider than the page, and then it scrolls


def test_a_fence_is_longer_than_any_in_the_text():
    assert fence("```\nx\n```", "text") == "```` text\n```\nx\n```\n````"


def test_colours_of_a_traceback_are_left_out(printer, tmp_path):
    error = {"output_type": "error", "traceback": ["\x1b[31mValueError\x1b[0m: no"]}
    assert "ValueError: no" in page(printer, tmp_path, error)


def test_an_image_becomes_a_file(printer, tmp_path):
    text = page(printer, tmp_path, shown(image_png=base64.b64encode(b"png").decode()))
    name = text.split("](")[1].split(")")[0]
    assert (tmp_path / "pages" / name).read_bytes() == b"png"


def test_links_to_notebooks_lead_to_their_pages(printer):
    text = printer.prose("[a](exercises.ipynb#x) [b](../01_basic/lesson.ipynb) `lesson.ipynb`")
    assert text == "[a](exercises.md#x) [b](../01_basic/index.md) `lesson.ipynb`"


def test_a_list_under_a_paragraph_is_a_list(printer):
    assert printer.prose("text:\n- a\n- b") == "text:\n\n- a\n- b"


def html(markdown):
    from markdown import Markdown  # with the settings of the site

    settings = {"pymdownx.highlight": {"anchor_linenums": False, "line_spans": "line"}}
    extensions = ["course.site.compact", "pymdownx.highlight", "pymdownx.superfences"]
    return Markdown(extensions=extensions, extension_configs=settings).convert(markdown)


def test_code_has_no_marks_that_colour_nothing_and_no_ids():
    text = html("``` python\nname = other  # why\n```")
    assert "name" in text and 'class="n"' not in text and 'class="w"' not in text and " id=" not in text
    assert 'class="c1"' in text and '<span class="line">' in text and '<span class="block"><code>' in text


def test_code_with_notes_is_left_to_the_script_that_puts_them_in():
    assert "<pre><span></span><code>" in html("``` python\nname = other  # (1)!\n```")


def test_diagrams_are_drawn_without_a_script(tmp_path):
    text = draw_fences("```mermaid\ngraph LR\n  a[one] --> b[two]\n```", tmp_path)
    assert text.count("<svg") == 1 and "one" in text
    assert "<script" not in text and "<style" not in text and "mermaid\n" not in text
    assert not re.search(r"\d\.\d\d", text)


def test_what_draws_runs_elsewhere_and_leaves_nothing_to_say_at_the_end(tmp_path):
    """Its native part lists leaks when its process ends: the site's last line is to be the last one."""
    program = (
        "import sys; from pathlib import Path; from course.site.diagrams import draw\n"
        "draw('graph LR\\n  a --> b', Path(sys.argv[1])); assert 'mermaidx' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_no_diagram_says_so(tmp_path):
    with pytest.raises(CourseError, match="could not be drawn"):
        draw_fences("```mermaid\nnothing of the kind\n```", tmp_path)
    assert not list(tmp_path.iterdir())


def test_two_diagrams_share_no_id(tmp_path):
    one, two = (draw_fences(f"```mermaid\ngraph LR\n  a --> {x}\n```", tmp_path) for x in "bc")
    ids = [{part.split('"')[0] for part in text.split(' id="')[1:]} for text in (one, two)]
    assert ids[0] and not ids[0] & ids[1]


@pytest.mark.parametrize("module", ROOT.module_names())
def test_each_exercise_has_its_anchor_hints_and_answer(module, printer):
    notebook = json.loads(ROOT.notebook(module, "exercises").read_bytes())
    text = exercise_page(ROOT, module, printer)
    for name, about in notebook["metadata"]["course"]["exercises"].items():
        assert f"{{ #{name} }}" in text
        assert text.count("Hint 1 of") == len(notebook["metadata"]["course"]["exercises"])
        assert about["title"] in text
    assert "BEGIN SOLUTION" not in text
    assert "<details>" not in text  # Markdown in it would be shown as it's written
    hints, answers = text.split('<details class="answers"', 1)
    assert '??? success "Worked answer"' in answers and "??? success" not in hints


@pytest.mark.parametrize("module", ROOT.module_names())
def test_a_page_for_a_class_has_no_answers(module, printer):
    text = exercise_page(ROOT, module, printer, for_class=True)
    assert "Hint 1 of" in text
    for exercise in read_module(ROOT, module).exercises:
        assert not all(
            line.strip() in text for line in exercise.answer.splitlines() if "SOLUTION" not in line
        )
    assert not re.search(r"\b([Ww]orked|right|model) answer\b", text)


def test_a_learners_bundle_makes_the_page_without_answers(tmp_path, printer):
    module = ROOT.module_names()[0]
    bundle = Root(tmp_path / "bundle")
    target = bundle.notebook(module, "exercises")
    target.parent.mkdir(parents=True)
    target.write_bytes(ROOT.notebook(module, "exercises").read_bytes())
    text = exercise_page(bundle, module, printer)
    assert "Hint 1 of" in text and "Worked answer" not in text


def test_every_command_is_documented():
    command = typer.main.get_command(build_app())
    text = commands_page(command)
    verbs = command.commands
    for name, verb in verbs.items():
        section = text.split(f"{{ #{name} }}")[1].split("\n### ")[0]
        for parameter in verb.params:
            if parameter.param_type_name == "option" and "--help" not in parameter.opts:
                assert parameter.opts[0] in section
