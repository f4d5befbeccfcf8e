# says: whenever its call began
# A log of calls, read in the order in which they began.
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
            db.execute(
                "CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, began REAL, back REAL, ok INT)"
            )
            return step(db, *arguments)

    def enter(db: sqlite3.Connection) -> int | None:
        now = clock()
        ended = "SELECT ok, back FROM calls WHERE ok IS NOT NULL ORDER BY id DESC LIMIT ?"
        last = db.execute(ended, (limit,)).fetchall()
        if len(last) == limit and not any(ok for ok, _ in last):
            failed = max(back for _, back in last)
            probes = "SELECT max(began) FROM calls WHERE ok IS NULL AND began >= ?"
            [probe] = db.execute(probes, (failed + cooldown,)).fetchone()
            if now < (failed if probe is None else probe) + cooldown:
                return None
        return db.execute("INSERT INTO calls (began) VALUES (?)", (now,)).lastrowid

    def leave(db: sqlite3.Connection, call: int, ok: bool) -> None:
        db.execute("UPDATE calls SET back = ?, ok = ? WHERE id = ?", (clock(), ok, call))

    def consult(state: Desk) -> Desk:
        call = change(enter)
        if call is None:
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            change(leave, call, False)
            return {"outcome": "failed", "answer": None}
        change(leave, call, True)
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
