# says: whenever its call began
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

    def change(step: Callable[..., Any], *arguments: Any) -> Any:
        with closing(sqlite3.connect(breaker, timeout=30)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("CREATE TABLE IF NOT EXISTS breaker (failures INT, retry_at REAL, successes INT)")
            if db.execute("SELECT 1 FROM breaker").fetchone() is None:
                db.execute("INSERT INTO breaker VALUES (0, NULL, 0)")
            return step(db, *arguments)

    def enter(db: sqlite3.Connection) -> int | None:
        retry_at, successes = db.execute("SELECT retry_at, successes FROM breaker").fetchone()
        if retry_at is not None:
            now = clock()
            if now < retry_at:
                return None
            db.execute("UPDATE breaker SET retry_at = ?", (now + cooldown,))
        return successes

    def fail(db: sqlite3.Connection, successes: int) -> None:
        # Only if nothing has been answered since this call began: the backend is up again.
        db.execute("UPDATE breaker SET failures = failures + 1 WHERE successes = ?", (successes,))
        db.execute("UPDATE breaker SET retry_at = ? WHERE failures >= ?", (clock() + cooldown, limit))

    def succeed(db: sqlite3.Connection) -> None:
        db.execute("UPDATE breaker SET failures = 0, retry_at = NULL, successes = successes + 1")

    def consult(state: Desk) -> Desk:
        successes = change(enter)
        if successes is None:
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            change(fail, successes)
            return {"outcome": "failed", "answer": None}
        change(succeed)
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
