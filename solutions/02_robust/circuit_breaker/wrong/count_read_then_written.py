# says: Let the database add
class Desk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    def change(statement, *values):
        with closing(sqlite3.connect(breaker, timeout=10)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "CREATE TABLE IF NOT EXISTS breaker (id INTEGER PRIMARY KEY, failures INT, retry_at REAL)"
            )
            db.execute("INSERT OR IGNORE INTO breaker VALUES (1, 0, NULL)")
            changed = db.execute(statement, values).rowcount
            return changed, *db.execute("SELECT failures, retry_at FROM breaker").fetchone()

    def consult(state):
        now = clock()
        probe, failures, retry_at = change(
            "UPDATE breaker SET retry_at = ? WHERE retry_at <= ?", now + cooldown, now
        )
        if retry_at is not None and not probe:
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            failures += 1  # each statement is a transaction, so nothing can get lost
            retry_at = clock() + cooldown if failures >= limit else None
            change("UPDATE breaker SET failures = ?, retry_at = ?", failures, retry_at)
            return {"outcome": "failed", "answer": None}
        change("UPDATE breaker SET failures = 0, retry_at = NULL")
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
