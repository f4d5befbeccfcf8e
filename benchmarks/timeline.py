"""How a timeline of 500 checkpoints feels: seconds to draw, bytes, milliseconds from click to picture.

    python benchmarks/timeline.py [CHECKPOINTS]

Three threads: a conversation that grows, one that forks again and again, large values that never repeat.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from timetravel.model.history import Record
from timetravel.model.tree import build
from timetravel.view import Timeline

CLICKS = 40
FLAGS = ("--no-sandbox", "--disable-gpu")
NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
# From the event to the frame in which its result is on the screen.
CLICK = """element => new Promise(done => { const start = performance.now(); element.click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start))) })"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def growing(count):
    """One thread, two messages of 500 characters a turn."""
    from langchain_core.messages import AIMessage, HumanMessage

    messages = []
    for i in range(count):
        kind = AIMessage if i % 2 else HumanMessage
        messages = [*messages, kind(content=f"message {i} " + "words " * 80, id=f"m{i}")]
        yield {"messages": messages, "turn": i // 2}, i - 1


def forking(count):
    """Forks of forks: every tenth checkpoint grows out of an old one."""
    dice, states = random.Random(1), []
    for i in range(count):
        parent = dice.randrange(i) if i and i % 10 == 0 else i - 1
        before = states[parent] if i else {"log": [], "order": {}}
        order = {**before["order"], f"line {i % 20}": {"sku": i, "count": dice.randrange(9)}}
        states.append({"log": [*before["log"], f"step {i}"], "order": order})
        yield states[-1], parent


def large(count):
    """A page of 20,000 characters that is another one in each step."""
    for i in range(count):
        yield {"page": f"{i} " * 5000, "lines": [f"{i}.{n}" for n in range(300)]}, i - 1


def history(states):
    """A thread of these states."""
    records = [
        Record(
            checkpoint_id=f"{i:036}",
            parent_id=f"{parent:036}" if i else None,
            step=i - 1,
            source="loop",
            created_at="",
            values=values,
        )
        for i, (values, parent) in enumerate(states)
    ]
    return build(records, thread_id="long")


def measured(browser, folder, name, make, count):
    """One line of the table."""
    found = history(make(count))
    start = time.perf_counter()
    html = Timeline(found).to_html_page()
    drawing = time.perf_counter() - start
    file = folder / f"{name}.html"
    file.write_text(html, "utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    page.wait_for_selector(".lgtl-js")
    page.wait_for_timeout(500)
    paint = page.evaluate(PAINT)
    dice, clicks = random.Random(3), []
    page.locator(".lgtl-p input[value=A]").first.check()
    for _ in range(CLICKS):
        letter, row = dice.choice("AB"), dice.randrange(count)
        clicks.append(page.locator(f".lgtl-p input[value={letter}]").nth(row).evaluate(CLICK))
    follow = page.evaluate(
        f"""async () => {{ const select = document.querySelector('.lgtl select'); if (!select) return null;
        select.selectedIndex = select.options.length - 1; const press = {CLICK};
        return press({{ click: () => select.dispatchEvent(new Event('change')) }}) }}"""
    )
    page.close()
    clicks.sort()
    return drawing, len(html.encode()), paint, clicks[len(clicks) // 2], clicks[-1], follow


def main():
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"{count} checkpoints      draw      bytes   first paint   difference (median, worst)   branch")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        path = next((p for name in NAMES if (p := shutil.which(name))), playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for make in (growing, forking, large):
            drawing, size, paint, median, worst, follow = measured(
                browser, Path(folder), make.__name__, make, count
            )
            branch = "" if follow is None else f"{follow:7.0f} ms"
            print(
                f"{make.__name__:16} {drawing:7.2f} s {size:10,} {paint:10.0f} ms "
                f"{median:12.0f} ms {worst:8.0f} ms {branch:>15}"
            )
        browser.close()


if __name__ == "__main__":
    main()
