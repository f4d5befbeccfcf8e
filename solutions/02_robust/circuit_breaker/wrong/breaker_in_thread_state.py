# says: A count in the state belongs to one thread
class Desk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None
    failures: int
    retry_at: float | None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    def consult(state):  # the state is persistent, so the breaker survives a restart
        failures, retry_at = state.get("failures", 0), state.get("retry_at")
        if retry_at is not None and clock() < retry_at:
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            failures += 1
            retry_at = clock() + cooldown if failures >= limit else None
            return {"outcome": "failed", "answer": None, "failures": failures, "retry_at": retry_at}
        return {"outcome": "answered", "answer": answer, "failures": 0, "retry_at": None}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
