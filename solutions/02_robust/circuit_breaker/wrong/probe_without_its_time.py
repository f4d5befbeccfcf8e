# says: and since when
# It doesn't keep when the probe began, but takes it to be the end of the cooldown.
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

    def change(step: Callable[[sqlite3.Connection], Any]) -> Any:
        with closing(sqlite3.connect(breaker, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS breaker (failures INTEGER, failed_at REAL, probing INTEGER)"
            )
            if connection.execute("SELECT count(*) FROM breaker").fetchone() == (0,):
                connection.execute("INSERT INTO breaker VALUES (0, NULL, 0)")
            result = step(connection)
            connection.execute("COMMIT")
            return result

    def enter(connection: sqlite3.Connection) -> bool:
        failures, failed_at, probing = connection.execute("SELECT * FROM breaker").fetchone()
        if failures < limit:
            return True
        open_for = clock() - failed_at
        if open_for < cooldown:
            return False
        # The probe began when the cooldown was over; it has one more cooldown to come back.
        if probing and open_for < 2 * cooldown:
            return False
        connection.execute("UPDATE breaker SET probing = 1")
        return True

    def succeed(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE breaker SET failures = 0, failed_at = NULL, probing = 0")

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE breaker SET failures = failures + 1, failed_at = ?, probing = 0", (clock(),)
        )

    def answer(state: Desk) -> Desk:
        if not change(enter):
            return {"outcome": "refused", "answer": None}
        try:
            text = ask(state["question"])
        except Exception:
            change(fail)
            return {"outcome": "failed", "answer": None}
        change(succeed)
        return {"outcome": "answered", "answer": text}

    builder = StateGraph(Desk).add_node("answer", answer).add_edge(START, "answer")
    return builder.compile(checkpointer=saver)
