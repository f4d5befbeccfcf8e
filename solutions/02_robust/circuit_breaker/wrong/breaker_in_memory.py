# says: didn't know what the first one knew
import threading

BREAKER = {"failures": 0, "retry_at": None}  # one for all users of this service
GUARD = threading.Lock()


class Desk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    def consult(state):
        with GUARD:
            now, retry_at = clock(), BREAKER["retry_at"]
            if retry_at is not None:
                if now < retry_at:
                    return {"outcome": "refused", "answer": None}
                BREAKER["retry_at"] = now + cooldown
        try:
            answer = ask(state["question"])
        except Exception:
            with GUARD:
                BREAKER["failures"] += 1
                if BREAKER["failures"] >= limit:
                    BREAKER["retry_at"] = clock() + cooldown
            return {"outcome": "failed", "answer": None}
        with GUARD:
            BREAKER.update(failures=0, retry_at=None)
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
