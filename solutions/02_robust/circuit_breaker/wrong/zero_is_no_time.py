# says: A time can be 0
def build_desk(
    saver: BaseCheckpointSaver,
    breaker: str,
    ask: Callable[[str], str],
    clock: Callable[[], float],
    limit: int,
    cooldown: float,
) -> CompiledStateGraph:
    """Return a graph that asks a backend, behind a circuit breaker kept in a file."""

    class Desk(TypedDict, total=False):
        question: str
        outcome: str
        answer: str | None

    def begin(db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")  # from here to the commit, every other process waits
        db.execute("CREATE TABLE IF NOT EXISTS breaker (id INTEGER PRIMARY KEY, failures INT, opened REAL)")
        db.execute("INSERT OR IGNORE INTO breaker VALUES (1, 0, NULL)")

    def may_ask() -> bool:
        with closing(sqlite3.connect(breaker, timeout=10)) as db, db:
            begin(db)
            [opened] = db.execute("SELECT opened FROM breaker").fetchone()
            if not opened:
                return True
            now = clock()
            if (
                now >= opened + cooldown
            ):  # this run is the probe, and the next one is due if it does not come back
                db.execute("UPDATE breaker SET opened = ?", (now,))
            return now >= opened + cooldown

    def note(failed: bool) -> None:
        with closing(sqlite3.connect(breaker, timeout=10)) as db, db:
            begin(db)
            if not failed:
                db.execute("UPDATE breaker SET failures = 0, opened = NULL")
                return
            db.execute("UPDATE breaker SET failures = failures + 1")
            db.execute("UPDATE breaker SET opened = ? WHERE failures >= ?", (clock(), limit))

    def consult(state: Desk) -> Desk:
        if not may_ask():
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            note(failed=True)
            return {"outcome": "failed", "answer": None}
        note(failed=False)
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
