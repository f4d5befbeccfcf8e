# says: a lock in memory
import json
from pathlib import Path

LOCK = threading.Lock()  # so that no two runs touch the file at the same time


class Desk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    file = Path(breaker)

    def known():
        text = file.read_text() if file.exists() else ""
        return json.loads(text or '{"failures": 0, "retry_at": null}')

    def note(failed):
        with LOCK:
            failures = known()["failures"] + 1 if failed else 0
            retry_at = clock() + cooldown if failures >= limit else None
            file.write_text(json.dumps({"failures": failures, "retry_at": retry_at}))

    def consult(state):
        with LOCK:
            now, found = clock(), known()
            if found["retry_at"] is not None:
                if now < found["retry_at"]:
                    return {"outcome": "refused", "answer": None}
                file.write_text(json.dumps(found | {"retry_at": now + cooldown}))
        try:
            answer = ask(state["question"])
        except Exception:
            note(failed=True)
            return {"outcome": "failed", "answer": None}
        note(failed=False)
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
