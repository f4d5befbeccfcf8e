# says: both may have threads of the same ids
from langchain_core.runnables import RunnableConfig


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

    def locked(change: Callable[[sqlite3.Connection], Any]) -> Any:
        with closing(sqlite3.connect(breaker, timeout=30, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "CREATE TABLE IF NOT EXISTS breaker (failures INT, failed REAL, probe REAL, prober TEXT)"
            )
            if db.execute("SELECT count(*) FROM breaker").fetchone()[0] == 0:
                db.execute("INSERT INTO breaker VALUES (0, NULL, NULL, NULL)")
            result = change(db)
            db.execute("COMMIT")
            return result

    def admit(db: sqlite3.Connection, thread_id: str) -> bool:
        failures, failed, probe, prober = db.execute("SELECT * FROM breaker").fetchone()
        if failures < limit:
            return True
        now = clock()
        if probe is not None and prober == thread_id:
            return True  # the probe's own run, which was killed and is resumed
        if now < (failed if probe is None else probe) + cooldown:
            return False
        db.execute("UPDATE breaker SET probe = ?, prober = ?", (now, thread_id))
        return True

    def succeeded(db: sqlite3.Connection) -> None:
        db.execute("UPDATE breaker SET failures = 0, failed = NULL, probe = NULL, prober = NULL")

    def failed(db: sqlite3.Connection) -> None:
        db.execute(
            "UPDATE breaker SET failures = failures + 1, failed = ?, probe = NULL, prober = NULL", (clock(),)
        )

    def desk(state: Desk, config: RunnableConfig) -> Desk:
        thread_id = str(config["configurable"]["thread_id"])
        if not locked(lambda db: admit(db, thread_id)):
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            locked(failed)
            return {"outcome": "failed", "answer": None}
        locked(succeeded)
        return {"outcome": "answered", "answer": answer}

    builder = StateGraph(Desk)
    builder.add_node("desk", desk)
    builder.add_edge(START, "desk")
    builder.add_edge("desk", END)
    return builder.compile(checkpointer=saver)
