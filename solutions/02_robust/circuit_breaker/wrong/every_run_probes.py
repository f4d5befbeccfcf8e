# says: only one is the probe
class Desk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    def change(*statements):
        with closing(sqlite3.connect(breaker, timeout=10)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "CREATE TABLE IF NOT EXISTS breaker (id INTEGER PRIMARY KEY, failures INT, retry_at REAL)"
            )
            db.execute("INSERT OR IGNORE INTO breaker VALUES (1, 0, NULL)")
            for statement in statements:
                db.execute(*statement)
            return db.execute("SELECT retry_at FROM breaker").fetchone()[0]

    def consult(state):
        retry_at = change()
        if retry_at is not None and clock() < retry_at:  # when the time is over, try again
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            change(
                ("UPDATE breaker SET failures = failures + 1",),
                ("UPDATE breaker SET retry_at = ? WHERE failures >= ?", (clock() + cooldown, limit)),
            )
            return {"outcome": "failed", "answer": None}
        change(("UPDATE breaker SET failures = 0, retry_at = NULL",))
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
