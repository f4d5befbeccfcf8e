"""Public tests of `reject_bad_answers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

if TYPE_CHECKING:
    import random


def ask_reviewers(
    submit, db, start, at_once, answers, inside=False, ahead=False, beside=False, later=0, renewed=None
):
    """Start threads that ask questions, submit answers, and tell after each what has happened.

    An answer is [thread, the number of one of its questions, value], or with a fourth part, the thread
    whose question of that number is meant. With `inside`, one node is a graph whose nodes ask: with `ahead`, the first
    of them before all others.
    With `beside`, another node fails in the first run. With a number for `later`, so many steps follow the last answer; in the
    first of them, that answer is submitted again. The thread `renewed` gets its input once more before any answer, and the
    questions that it drops are those of the thread "before".
    """
    import operator
    import threading
    import time
    from contextlib import suppress
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import interrupt

    class Review(TypedDict):
        questions: list
        answers: Annotated[list, operator.add]
        steps: int

    ran, got, latest, again, presses, failed = [], {}, [], [], [], []
    pressed = threading.Event()

    def node(number):
        def ask(state):
            ran.append(number)
            given = interrupt({**state["questions"][number], "number": number})
            got[number] = [number, type(given).__name__, given]
            return {"answers": [got[number]]}

        return ask

    def fail_once(state):
        if not failed:
            failed.append(True)
            while len(ran) < 2:  # until both questions are asked
                time.sleep(0.01)
            time.sleep(0.2)  # and saved
            raise ConnectionError("a node beside those that ask")

    def press_again():
        for _ in range(300):  # LangGraph saves while the next node runs
            if not graph.get_state(configs[latest[0]]).interrupts:
                break
            time.sleep(0.01)
        pressed.set()
        again.append(answer(graph, *latest))

    def step(state):
        if not presses:
            presses.append(threading.Thread(target=press_again))
            presses[0].start()
            pressed.wait(10)
            presses[0].join(1)  # no longer: an answer may wait for the first one to end
        return {"steps": state.get("steps", 0) + 1}

    def build(count, saver):
        builder, before = StateGraph(Review), START
        for number in range(count):
            builder.add_node(f"ask {number}", node(number)).add_edge(before, f"ask {number}")
            before = "ask 0" if at_once and ahead else START if at_once else f"ask {number}"
        if beside:
            builder.add_node(fail_once).add_edge(START, "fail_once")
        if later:
            builder.add_node(step).add_edge(before, "step")
            builder.add_conditional_edges(
                "step", lambda state: "step" if state["steps"] < later else END, ["step", END]
            )
        if inside:
            builder = StateGraph(Review).add_node("desk", builder.compile()).add_edge(START, "desk")
        return builder.compile(checkpointer=saver)

    def answer(graph, thread, question, value):
        try:
            return submit(graph, thread, question, value)
        except NotImplementedError:
            raise
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    known, seen = {}, []
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = build(max(map(len, start.values())), saver)
        configs = {name: {"configurable": {"thread_id": name}} for name in start}

        def look():
            for name, config in configs.items():
                for one in graph.get_state(config).interrupts:
                    known[name, one.value["number"]] = one.id

        def rows():
            [[count]] = saver.conn.execute(
                "select (select count(*) from checkpoints) + (select count(*) from writes)"
            )
            return count

        for name, questions in start.items():
            with suppress(ConnectionError):
                graph.invoke({"questions": questions, "answers": []}, configs[name])
            for _ in range(20 if inside else 0):  # LangGraph lists a graph's questions in any order
                listed = [one.value["number"] for one in graph.get_state(configs[name]).interrupts]
                if listed == sorted(listed):
                    break
                graph.invoke(None, configs[name])
        look()
        if renewed:
            known |= {("before", number): id for (name, number), id in known.items() if name == renewed}
            graph.invoke({"questions": start[renewed], "answers": []}, configs[renewed])
            look()
        for thread, number, value, *of in answers:
            ran.clear()
            got.clear()
            before = rows()
            latest[:] = thread, known.get((of[0] if of else thread, number), "f" * 32), value
            returned = answer(graph, *latest)
            for press in presses:
                press.join(10)
            after = rows()
            look()
            snapshot = graph.get_state(configs[thread]) if thread in configs else None
            seen.append(
                {
                    "returned": returned,
                    "ran": list(ran),
                    "again": list(again),
                    "saved": after - before,
                    # What a graph in a node has got arrives in the state only when that graph has ended.
                    "answers": list(got.values())
                    if inside
                    else snapshot.values["answers"]
                    if snapshot
                    else [],
                    "open": sorted(one.value["number"] for one in snapshot.interrupts) if snapshot else [],
                }
            )
    return seen


QUESTION_KINDS = ("yes_no", "choice", "note", "cents")
OPTIONS = ("voucher", "refund", "repair", "exchange", "discount")
STEPS_LATER = 110
LIKE_VALUES = ("True", "true", "None", "null", "{}", "[]")


def draw_question(rng: random.Random, kind: str) -> dict[str, Any]:
    """Draw a question of a kind."""
    question: dict[str, Any] = {"kind": kind, "text": f"About order {rng.randrange(1000, 10**5)}?"}
    written = [str(rng.randrange(2, 100)), *LIKE_VALUES]  # like values that are no strings
    return question | ({"options": rng.sample(OPTIONS, 3) + written} if kind == "choice" else {})


def good_answers(rng: random.Random, question: dict[str, Any]) -> list[Any]:
    """Return answers that fit a question; the first is falsy where one is."""
    options = question.get("options", [])
    return {
        "yes_no": [False, True],
        "cents": [0, rng.randrange(1, 10**5)],
        "choice": rng.sample(options, len(options)),
        "note": ["", f"called back at {rng.randrange(24)}:00"],
    }[question["kind"]]


def bad_answers(rng: random.Random, question: dict[str, Any]) -> list[Any]:
    """Draw answers that do not fit a question, in any order."""
    number, options = rng.randrange(1, 10**5), question.get("options", [])
    wrong = {
        "yes_no": ["false", "", 0, 1, 0.0, 1.0, "yes", [True], {"yes_no": True}],
        "cents": [
            True,
            False,
            -number,
            number + 0.5,
            float(number),
            0.0,
            -0.0,
            str(number),
            "0",
            "",
            [number],
        ],
        "choice": [
            "",
            rng.choice([o for o in OPTIONS if o not in options]),
            0,
            options,
            "".join(options[:1]).upper(),
            " ".join([*options[:1], ""]),
            options[:1],
            "".join(options[:1])[:3],
            int("".join(options[3:4]) or 0),
            True,
        ],
        "note": [number, 0, 0.0, True, False, ["text"], {"text": "ok"}],
    }[question["kind"]]
    drawn = [None, {}, [], *wrong]
    rng.shuffle(drawn)
    return drawn


def is_trap(answer: Any) -> bool:
    """Tell whether an answer equals a `bool` or a number, and is of the other type."""
    return (isinstance(answer, int) and answer in (0, 1)) or (
        isinstance(answer, float) and answer.is_integer()
    )


def assert_refused(seen: dict[str, Any], kind: str, answer: Any) -> None:
    """Expect an answer that does not fit to have left no trace."""
    what = f"{answer!r}, as the answer to a {kind!r} question,"
    returned = seen["returned"]
    assert not isinstance(returned, str), (
        f"{what} ended in `{returned[:100]}`: refuse an answer that doesn't fit before you resume anything with it"
    )
    assert returned is not True or not isinstance(answer, bool) or kind != "cents", (
        f"{what} was taken: in Python `True` is an `int`, and `isinstance(True, int)` is true, so check for `bool` first"
    )
    assert returned is not True or kind != "cents" or not is_trap(answer), (
        f"{what} was taken: it equals an `int`, but it's still a `float`, so check its type and not its value"
    )
    assert returned is not True or kind != "yes_no" or not is_trap(answer), (
        f"{what} was taken: in Python `0 == False` and `1 == True`, so check the type"
    )
    assert returned is not True or kind != "choice" or isinstance(answer, str), (
        f"{what} was taken: options are strings, and this is none, even if one of them is written like it. Compare the "
        "answer itself"
    )
    assert returned is not True, (
        f"{what} was taken: any value resumes a thread, because LangGraph doesn't know what was asked. "
        "Check the answer before you resume"
    )
    assert returned is False, f"{what} made `submit` return {returned!r}: return `False` for a bad answer"
    assert not seen["ran"] and not seen["saved"], (
        f"{what} was refused, but only after you'd resumed the thread with it: a paused node ran again, or something was "
        "saved. Check first, and resume only with what fits"
    )


def assert_taken(seen: dict[str, Any], number: int, kind: str, answer: Any) -> None:
    """Expect an answer that fits to have arrived as it is."""
    returned, what = seen["returned"], f"{answer!r}, as the answer to a {kind!r} question,"
    assert not isinstance(returned, str) or not returned.startswith("GraphRecursionError"), (
        f"after {what} {STEPS_LATER} steps follow, and `submit` ended in a `GraphRecursionError`, with the run half done: the page "
        "doesn't know how long a run is, so set no `recursion_limit`"
    )
    assert not isinstance(returned, str), f"{what} ended in `{returned[:100]}`: resume by the question's id"
    assert returned is not False or answer, (
        f"{what} was refused: {answer!r} is an answer too, although an `if` treats it as false, "
        "so check its type and not its truth"
    )
    assert returned is True, f"{what} fits, but `submit` returned {returned!r}: take it, and return `True`"
    got = [one for one in seen["answers"] if one[0] == number]
    assert got == [[number, type(answer).__name__, answer]], (
        f"{what} should be what `interrupt` returns, but the node got "
        f"{[one[2] for one in got] or 'nothing'}: resume with the answer as it is"
    )


@pytest.mark.exercise("reject_bad_answers", points=2, rules=(2,))
def test_bad_answers_are_refused(submission):
    """Bad answers to each kind of question leave the thread as it was."""
    rng, db = submission.rng, submission.path("reviews.db")
    for kind in QUESTION_KINDS:  # the plain mistakes first, then the one about `bool`
        questions = [draw_question(rng, kind) for _ in range(2)]
        # Plain mistakes first: where one is taken, the question is answered, and the traps say less.
        bad = sorted(bad_answers(rng, questions[0]), key=is_trap)
        answers = [[kind, 0, answer] for answer in bad]
        seen = submission.observe(
            ask_reviewers, db=db, start={kind: questions}, at_once=False, answers=answers
        )
        for one, answer in zip(seen, bad, strict=True):
            assert_refused(one, kind, answer)
        assert seen[-1]["open"] == [0], (
            "all these answers were refused, but the question is no longer open: don't resume the thread with them"
        )
        rows = evidence.checkpoints(submission.file("reviews.db"), kind)
        assert not any(write.channel == "__resume__" for row in rows for write in row.writes), (
            "all these answers were refused, but the database has one of them as a resume value: check before you resume"
        )


@pytest.mark.exercise("reject_bad_answers", points=2, rules=(1, 3))
def test_good_answers_are_taken(submission):
    """Good answers go to the node that asked: False, 0 and the empty string too."""
    rng, db = submission.rng, submission.path("reviews.db")
    for kind in QUESTION_KINDS:
        questions = [draw_question(rng, kind) for _ in range(2)]
        good = [good_answers(rng, questions[0])[0], good_answers(rng, questions[1])[1]]
        answers = [[kind, number, answer] for number, answer in enumerate(good)]
        seen = submission.observe(
            ask_reviewers,
            db=db,
            start={kind: questions},
            at_once=False,
            answers=answers,
            later=STEPS_LATER if kind == "cents" else 0,
        )
        for number, answer in enumerate(good):
            assert_taken(seen[number], number, kind, answer)
        assert True not in seen[-1]["again"], (
            "while a node after the answer was at work, `submit` got the same answer again and returned `True`: that question is "
            "answered, so check that it's open, and let each step be saved when it ends"
        )


@pytest.mark.exercise("reject_bad_answers", points=1, rules=(1, 3))
def test_stale_answer_is_refused(submission):
    """A question that has been answered takes no second answer, and the next one is not touched."""
    rng, thread = submission.rng, f"refund-{submission.rng.randrange(1000)}"
    kind = rng.choice(QUESTION_KINDS)
    questions = [draw_question(rng, kind) for _ in range(2)]
    questions[1] |= {key: questions[0][key] for key in ("options",) if key in questions[0]}
    first, *_, second = good_answers(rng, questions[0])
    seen = submission.observe(
        ask_reviewers,
        db=submission.path("reviews.db"),
        start={thread: questions},
        at_once=False,
        answers=[[thread, 0, first], [thread, 0, second], [thread, 1, second], [thread, 1, first]],
    )
    assert_taken(seen[0], 0, kind, first)
    assert_not_meant(seen[1], [1], "a question that was already answered, while the next one is waiting,")
    assert_taken(seen[2], 1, kind, second)
    assert_not_meant(seen[3], [], "the last question of a finished thread")


def assert_not_meant(seen: dict[str, Any], still_open: list[int], what: str) -> None:
    """Expect an answer of the right kind, but to the wrong question, to have left no trace."""
    returned = seen["returned"]
    assert not isinstance(returned, str) or not seen["ran"], (
        f"an answer to {what} was passed on: it made a node run, which ended in `{str(returned)[:100]}`. Check that the thread "
        "is waiting for this very id before you resume it"
    )
    assert not isinstance(returned, str), f"an answer to {what} ended in `{returned[:100]}`: refuse it"
    assert returned is False or seen["open"] == still_open, (
        f"an answer to {what} was taken, and went to a question that its reviewer never saw: "
        "check that the thread is waiting for this very id"
    )
    assert returned is False, (
        f"`submit` said that an answer to {what} was taken, but it went nowhere: a stale id raises nothing, so check "
        "whether the thread is still waiting for it"
    )
    assert not seen["ran"] and not seen["saved"], (
        f"an answer to {what} was refused, but only after you'd resumed the thread with it: check first"
    )
