"""Public tests of `retry_lost_connections`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often

if TYPE_CHECKING:
    from collections.abc import Sequence


def download(build_fetcher, url, page, failures, runs=1):
    """Download a page that fails in these ways first; return how the last run ended, and how often each one asked."""
    import builtins
    from errno import EHOSTUNREACH, ETIMEDOUT
    from http.client import IncompleteRead, RemoteDisconnected
    from urllib.error import URLError

    import httpx

    class PageGone(Exception):
        """An error of the application's own, which the default policy knows nothing of."""

    class PageDropped(ConnectionError, LookupError):
        """A lost connection of the application's own, which is another error as well."""

    asked, left, ends, raised = [], list(failures), [], []
    clients = (IncompleteRead, RemoteDisconnected, URLError, httpx.ReadTimeout, httpx.ReadError)
    kinds = {kind.__name__: kind for kind in (PageGone, PageDropped, *clients)}
    numbers = {"OSError": EHOSTUNREACH, "TimeoutError": ETIMEDOUT}

    def fetch(url):
        asked.append(url)
        if left:
            name, _, cause = left.pop(0).partition(" from ")
            text = f"connection failure {len(asked)}"
            reason = getattr(builtins, cause)(text) if cause else None
            told = (numbers[name], text) if name in numbers else (reason if name == "URLError" else text,)
            raised.append((kinds.get(name) or getattr(builtins, name))(*told))
            raise raised[-1] from reason
        return page

    graph = build_fetcher(fetch)
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}
    for _ in range(runs):
        before = len(asked)
        try:
            state = graph.invoke({"url": url})
            end = {"page": state.get("page") if isinstance(state, dict) else None}
        except Exception as error:
            own = bool(raised) and error is raised[-1]
            end = {"raised": f"{type(error).__name__}: {error}", "own": own}
        ends.append(end | {"asked": len(asked) - before})
    return ends[-1] | {"others": [one for one in asked if one != url]}


def downloaded(
    submission: Any, failures: Sequence[str], runs: int = 1, *, empty: bool = False
) -> dict[str, Any]:
    """Let a download fail in these ways, and then work; return what was seen last, the right page with it."""
    number = submission.rng.randrange(10**6)
    url, page = f"/{number}", "" if empty else f"page {number}"
    seen = submission.observe(download, url=url, page=page, failures=failures, runs=runs)
    kind = seen.get("no graph")
    assert kind is None, f"`build_fetcher` returned a value of type {kind}: return the compiled graph"
    assert seen["asked"], "`fetch` was never called: add the node `download`, and an edge from `START` to it"
    assert not seen["others"], f"`fetch` was called with {seen['others'][0]!r} instead of the url, {url!r}"
    return seen | {"right": page}


def assert_retried(seen: dict[str, Any], name: str) -> None:
    """Expect one failure to have been followed by a second call, and by the page."""
    advice = "give the node a retry policy that takes it, and not only some of its subclasses"
    if name != "ConnectionError":
        advice = f"`{name}` is a `ConnectionError`, and a policy should retry its subclasses too"
    assert seen["asked"] > 1, f"`fetch` raised a `{name}` once and wasn't called again: {advice}"
    assert seen.get("page") == seen["right"], (
        f"`fetch` raised a `{name}` once and then returned {seen['right']!r}, but the run ended with "
        f"{seen.get('page', seen.get('raised'))!r}"
    )


def assert_not_retried(seen: dict[str, Any], name: str) -> None:
    """Expect a final failure to have been the only call, and to have come out."""
    error, _, cause = name.partition(" from ")
    assert seen["asked"] == 1 or not cause, (
        f"`fetch` raised a `{error}`, whose cause is a `{cause}`, and was called {often(seen['asked'])}: "
        "what `fetch` raised is another error, so look at its own class"
    )
    assert seen["asked"] == 1, (
        f"`fetch` raised a `{name}` and was called {often(seen['asked'])}, but only a `ConnectionError` is worth "
        "another attempt. Name the class to retry on in `retry_on`"
    )
    assert seen.get("own"), (
        f"`fetch` raised a `{error}`, and the run ended with {seen.get('raised', seen.get('page'))!r}: let the error out"
    )


@pytest.mark.exercise("retry_lost_connections", points=1, rules=(1, 2))
def test_only_lost_connections_are_retried(submission):
    """A lost connection is tried again, and any other failure isn't."""
    assert_retried(downloaded(submission, ["ConnectionError"]), "ConnectionError")
    for name in ("PageGone", "LookupError"):
        assert_not_retried(downloaded(submission, [name]), name)
