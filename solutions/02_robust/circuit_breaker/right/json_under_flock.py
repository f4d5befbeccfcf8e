import fcntl
import json
from contextlib import contextmanager
from pathlib import Path


class Talk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None


class FileBreaker:
    """A JSON file under a lock of the operating system's, which a killed process gives back."""

    def __init__(self, path, clock, limit, cooldown):
        self.path, self.clock, self.limit, self.cooldown = path, clock, limit, cooldown

    @contextmanager
    def held(self):
        with Path(self.path).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            known = json.loads(file.read() or '{"failures": 0, "opened": null}')
            yield known
            file.truncate(0)
            file.write(json.dumps(known))

    def enter(self):
        with self.held() as known:
            if known["opened"] is None:
                return "ask"
            if self.clock() - known["opened"] < self.cooldown:
                return "refuse"
            known["opened"] = self.clock()
            return "ask"

    def leave(self, failed):
        with self.held() as known:
            known["failures"] = known["failures"] + 1 if failed else 0
            known["opened"] = self.clock() if known["failures"] >= self.limit else None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    """The breaker stands on an edge, and is a class of its own."""
    guard = FileBreaker(breaker, clock, limit, cooldown)

    def ask_backend(state):
        try:
            answer = ask(state["question"])
        except Exception:
            guard.leave(failed=True)
            return {"outcome": "failed", "answer": None}
        guard.leave(failed=False)
        return {"outcome": "answered", "answer": answer}

    builder = StateGraph(Talk).add_node("ask", ask_backend)
    builder.add_node("refuse", lambda state: {"outcome": "refused", "answer": None})
    builder.add_conditional_edges(START, lambda state: guard.enter(), ["ask", "refuse"])
    return builder.compile(checkpointer=saver)
