# says: and one in a variable to one graph
class Desk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    failures, retry_at = 0, None  # one desk, and all users come to it

    def consult(state):
        nonlocal failures, retry_at
        if retry_at is not None and clock() < retry_at:
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            failures += 1
            retry_at = clock() + cooldown if failures >= limit else None
            return {"outcome": "failed", "answer": None}
        failures, retry_at = 0, None
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
