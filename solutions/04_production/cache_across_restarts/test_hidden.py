"""Hidden tests of `cache_across_restarts`."""

from __future__ import annotations

import pytest

from autograder.counts import often
from test_cache_across_restarts import CACHE_QUESTIONS, CACHE_USERS, Advice, short


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",), rules=(1, 2))
def test_any_spelling(submission):
    """No two users share an answer, however users and questions are spelled."""
    a, b, c = submission.rng.sample(CACHE_USERS, 3)
    pairs = [(a, b), (b, a), (a.upper(), b), (a, b.upper()), (f"{a} ", b), (a, f" {b}")]
    signs = [chr(code) for code in range(128) if not chr(code).isalnum()]  # those nobody types, too
    for sign in (
        "",
        *signs,
        "::",
        "--",
        "__",
        "||",
        "|||",
        ", ",
        " | ",
        "', '",
        '", "',
        "\u2063",
        "\uffff",
        *"\x85\u2028\u2029",
    ):
        pairs += [(f"{a}{sign}{b}", c), (a, f"{b}{sign}{c}")]  # one key, with the user first
        pairs += [(f"{c}{sign}{a}", b)]  # the same one, with the question first
    long = submission.rng.choice("xyz") * 12_000
    for sign in "pq":  # they differ in the last letter, the first, or one in the middle
        for text in (f"{long}{sign}", f"{sign}{long}", f"{long}{sign}{long}"):
            pairs += [(text, b), (a, text)]
    letter, more = a[0], "".join(submission.rng.choices("abcdefgh", k=20))
    pairs += [
        (f"1{letter}", f"{more}{c}"),
        (f"{letter}{more}", c),
    ]  # one key, with the user's length in front
    pairs += [(letter, f"2{c}"), (f"{letter}1", c)]  # with that length in between
    pairs += [(more[:1], more[1:13]), (more[:11], more[11:13])]  # with both lengths in front
    pairs += [
        ("", b),
        (a, ""),
        ("", ""),
        *((f"{a}{end}", b) for end in ("\u00e9", "e\u0301", "\u00df", "ss")),
        *((a, f"{b}{end}") for end in ("\u00e9", "e\u0301", "\u00df", "ss")),
    ]
    number = submission.rng.randrange(2, 10)
    spelled = [f"{number}", f"00{number}", f"{number}.0", f"{number}e0", f"+{number}"]  # one number
    numbers = [*((spelling, b) for spelling in spelled), *((a, spelling) for spelling in spelled)]
    pairs = list(dict.fromkeys([*pairs, *numbers]))
    submission.rng.shuffle(pairs)
    advice = Advice(submission)
    # Answers that a file could take for values, or for several.
    looks = [
        "007",
        "1e3",
        "12.0",
        "None",
        "null",
        "False",
        "[]",
        "0",
        "12\u2028euros",
        "12\u2029euros",
        "12\x85euros",
    ]
    advice.fixed = {(user, c): text for user, text in zip(CACHE_USERS, looks, strict=False)}
    lines = [pair for pair in pairs if any(len(f"{text}.".splitlines()) > 1 for text in pair)]
    lines += [pair for pair, text in advice.fixed.items() if len(text.splitlines()) > 1]
    advice.ask(*pairs, *advice.fixed, *pairs[:10], *numbers, *lines, *advice.fixed)
    for user, question in sorted([*pairs, *advice.fixed], key=lines.__contains__):
        why = "take users and questions exactly as they're spelled, and keep any answer"
        if (user, question) in lines:
            why = "a text in it has a sign where `str.splitlines` ends a line: there are ten, like U+2028. Look at how you read the file"
        assert advice.calls(user, question) == 1, (
            f"user {short(user)} asked {short(question)}, and `ask` was called for that {often(advice.calls(user, question))}, not "
            f"once: {why}"
        )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",), rules=(4,))
def test_failures_are_not_kept(submission):
    """What `ask` raises comes out of the run, and the next request asks again."""
    kinds = ["ConnectionError", "TimeoutError", "RuntimeError", "LookupError", "ValueError", "Down"]
    advice = Advice(submission, failures=1)
    for user, kind in zip(submission.rng.sample(CACHE_USERS, len(kinds)), kinds, strict=True):
        question = submission.rng.choice(CACHE_QUESTIONS)
        advice.kinds[user, question] = kind
        first, *later = advice.ask(*[(user, question)] * 3)
        assert "raised" in first, (
            f"`ask` raised {kind}, and the run came back as if nothing had happened: let the error out, and ask only once per request"
        )
        assert first["raised"] == kind, (
            f"`ask` raised {kind}, and {first['raised']} came out of the run: let the error out as it is"
        )
        assert "raised" not in later[0], (
            "after a failed call the next request failed too, though `ask` worked again: don't keep failures"
        )
        assert advice.calls(user, question) == 2, (
            f"the first of three requests failed, and `ask` was called {often(advice.calls(user, question))} instead of twice: "
            "ask again after a failure, and keep the answer then"
        )
