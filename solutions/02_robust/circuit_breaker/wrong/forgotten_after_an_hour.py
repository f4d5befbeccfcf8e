# says: took it for too old
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

    forget_after = 3600.0  # failures that old say nothing about the backend of today

    def transaction(change: Callable[[sqlite3.Connection], Any]) -> Any:
        with closing(sqlite3.connect(breaker, timeout=30, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "CREATE TABLE IF NOT EXISTS breaker (id INTEGER PRIMARY KEY, failures INT, failed_at REAL, probed_at REAL)"
            )
            db.execute("INSERT OR IGNORE INTO breaker VALUES (1, 0, NULL, NULL)")
            result = change(db)
            db.execute("COMMIT")
            return result

    def admit(db: sqlite3.Connection) -> bool:
        failures, failed_at, probed_at = db.execute(
            "SELECT failures, failed_at, probed_at FROM breaker"
        ).fetchone()
        now = clock()
        if failures < limit:
            if failed_at is not None and now - failed_at > forget_after:
                db.execute("UPDATE breaker SET failures = 0, failed_at = NULL")
            return True
        if now - (failed_at if probed_at is None else probed_at) < cooldown:
            return False
        db.execute("UPDATE breaker SET probed_at = ?", (now,))
        return True

    def success(db: sqlite3.Connection) -> None:
        db.execute("UPDATE breaker SET failures = 0, failed_at = NULL, probed_at = NULL")

    def failure(db: sqlite3.Connection) -> None:
        db.execute("UPDATE breaker SET failures = failures + 1, failed_at = ?, probed_at = NULL", (clock(),))

    def consult(state: Desk) -> Desk:
        if not transaction(admit):
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            transaction(failure)
            return {"outcome": "failed", "answer": None}
        transaction(success)
        return {"outcome": "answered", "answer": answer}

    builder = StateGraph(Desk)
    builder.add_node("consult", consult)
    builder.add_edge(START, "consult")
    builder.add_edge("consult", END)
    return builder.compile(checkpointer=saver)
