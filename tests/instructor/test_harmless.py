"""What learners wrote is shown as text, or not at all."""

from __future__ import annotations

import base64
import struct

import pytest

from autograder.submissions.sanitize import (
    MAX_OUTPUTS,
    MAX_PICTURES,
    MAX_TEXT,
    harmless_markdown,
    harmless_outputs,
    highlighted,
    rendered,
    sentence,
)

PNG = "iVBORw0KGgo="


def result(**data: str) -> dict[str, object]:
    names = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "execute_result", "data": names, "metadata": {"x": "<b>"}, "execution_count": 3}


def test_text_and_pictures_pass():
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "hello"},
        result(text_plain="42", image_png=PNG),
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["one", "two"]},
    ]
    shown = harmless_outputs(outputs)
    assert shown[0] == outputs[0]
    assert shown[1]["data"] == {"text/plain": "42", "image/png": PNG}
    assert shown[1]["metadata"] == {}
    assert shown[2] == outputs[2]


@pytest.mark.parametrize(
    "output",
    [
        result(text_html="<script>1</script>"),
        result(application_javascript="1"),
        result(text_markdown="<img onerror=1>"),
        result(text_latex="$x$"),
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg onload=1>"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": '"><script>'}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": PNG + '"onerror=1'}, "metadata": {}},
        {"output_type": "stream", "name": "<b>", "text": "x"},
        {"output_type": "stream", "name": "stdout", "text": ["not", "text"]},
        {"output_type": "unheard of"},
        "text",
        None,
    ],
)
def test_everything_else_does_not(output: object):
    assert harmless_outputs([output]) == []


@pytest.mark.parametrize("outputs", [None, "text", {"a": 1}, 5])
def test_outputs_that_are_no_list(outputs: object):
    assert harmless_outputs(outputs) == []


def test_endless_text_is_cut():
    shown = harmless_outputs([{"output_type": "stream", "name": "stdout", "text": "x" * 10**6}] * 50)
    assert len(shown) == 1
    assert len(shown[0]["text"]) < MAX_TEXT + 100
    assert "cut here" in shown[0]["text"]


def picture(width: int, height: int, size: int = 0) -> str:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack("!II", width, height)
    return base64.b64encode(head + bytes(size)).decode()


def test_a_small_file_that_is_a_huge_picture_is_left_out():
    assert len(harmless_outputs([result(image_png=picture(1000, 1000))])) == 1
    assert harmless_outputs([result(image_png=picture(65_535, 65_535))]) == []


def test_no_more_pictures_and_outputs_than_a_browser_can_open():
    shown = harmless_outputs([result(image_png=picture(9, 9, 1 << 20))] * 10)
    assert sum(len(output["data"]["image/png"]) for output in shown) <= MAX_PICTURES
    assert len(harmless_outputs([result(text_plain="")] * 1000)) == MAX_OUTPUTS


@pytest.mark.parametrize("text", ["It *forgot*, because `a < b`.", "1. one\n2. two", "[page](https://x.org)"])
def test_plain_markdown_stays(text: str):
    assert harmless_markdown(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<script>1</script>",
        "<img src=x onerror=1>",
        "[x](javascript:1)",
        "[x](&#106;avascript:1)",
        "[x](javascript\\:1)",
        r"$\bbox[background:url(http://spy)]{x}$",
        "[x](java&Tab;script:1)",
        "![x](http://spy/pixel.png)",
        "<!-- -->",
        r"$\href{javascript:1}{x}$",
    ],
)
def test_active_markdown_becomes_a_block_of_code(text: str):
    shown = harmless_markdown(text)
    assert shown.startswith("```text\n")
    assert shown.endswith("\n```")


def test_long_markdown_is_cut():
    assert len(harmless_markdown("- x\n" * 10**6)) < MAX_TEXT + 100


def test_a_block_of_code_cannot_be_left():
    shown = harmless_markdown("````\n<script>1</script>\n````")
    assert shown.startswith("`````text\n")


@pytest.mark.parametrize(
    "text",
    [
        "<script>x()</script>",
        "<img src=x onerror=x()>",
        "[x](javascript:x())",
        "![x](http://spy/pixel.png)",
        "<style>body{display:none}</style>",
        '[x](https://x.org "onmouseover=x()")',
        "[x](data:text/html,x)",
    ],
)
def test_rendered_markdown_holds_nothing_active(text: str):
    html = rendered(text).lower()
    assert "<script" not in html
    assert "<img" not in html
    assert "<style" not in html
    assert "href" not in html or 'href="https://x.org"' in html or 'href="#harmful-link"' in html


def test_rendered_markdown_is_formatted():
    html = rendered("It *forgot*:\n\n- one\n- `two`\n\n|a|b|\n|-|-|\n|1|2|\n")
    assert "<em>forgot</em>" in html
    assert "<li><code>two</code></li>" in html
    assert "<table>" in html


def test_code_is_escaped():
    assert "<script>" not in highlighted("x = '<script>1</script>'")


def test_messages_become_sentences():
    assert (
        sentence("pass `checkpointer=` to <compile>") == "Pass <code>checkpointer=</code> to &lt;compile&gt;."
    )
    assert sentence("is there a loop?") == "Is there a loop?"


def test_messages_hold_no_command_to_mathjax():
    assert "\\href" not in sentence(r"it said $\href{x}{y}$")
