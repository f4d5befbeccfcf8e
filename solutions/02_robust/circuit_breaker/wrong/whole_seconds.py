# says: one of them should ask
def build_desk(
    saver: BaseCheckpointSaver,
    breaker: str,
    ask: Callable[[str], str],
    clock: Callable[[], float],
    limit: int,
    cooldown: float,
) -> CompiledStateGraph:
    """Return a graph that asks a backend, behind a circuit breaker kept in a file."""
    import fcntl
    from pathlib import Path
    import json
    from contextlib import contextmanager

    class Desk(TypedDict, total=False):
        question: str
        outcome: str
        answer: str | None

    @contextmanager
    def memory():
        with Path(breaker).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            known = json.loads(text) if text else {"failures": 0, "failed": None, "probe": None}
            yield known
            file.seek(0)
            file.truncate()
            file.write(json.dumps(known))
            file.flush()

    def may_ask():
        with memory() as known:
            now = int(clock())
            if known["failures"] < limit:
                return True
            if now < known["failed"] + cooldown:
                return False
            if known["probe"] is not None and now < known["probe"] + cooldown:
                return False
            known["probe"] = now
            return True

    def note(answered):
        with memory() as known:
            known["probe"] = None
            if answered:
                known["failures"] = 0
            else:
                known["failures"] += 1
                known["failed"] = int(clock())

    def desk(state: Desk) -> dict:
        if not may_ask():
            return {"outcome": "refused", "answer": None}
        try:
            text = ask(state["question"])
        except Exception:
            note(False)
            return {"outcome": "failed", "answer": None}
        note(True)
        return {"outcome": "answered", "answer": text}

    return StateGraph(Desk).add_node(desk).add_edge(START, "desk").compile(checkpointer=saver)
