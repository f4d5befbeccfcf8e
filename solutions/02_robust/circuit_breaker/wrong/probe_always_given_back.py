# says: is given up by now
class Desk(TypedDict, total=False):
    question: str
    outcome: str
    answer: str | None


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    def change(*statements):
        with closing(sqlite3.connect(breaker, timeout=10)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "CREATE TABLE IF NOT EXISTS breaker (id INTEGER PRIMARY KEY, failures INT, retry_at REAL, probing INT)"
            )
            db.execute("INSERT OR IGNORE INTO breaker VALUES (1, 0, NULL, 0)")
            for statement in statements:
                changed = db.execute(*statement).rowcount
        return changed

    def consult(state):
        free = change(
            (
                "UPDATE breaker SET probing = (retry_at IS NOT NULL)"
                " WHERE NOT probing AND (retry_at IS NULL OR retry_at <= ?)",
                (clock(),),
            )
        )
        if not free:
            return {"outcome": "refused", "answer": None}
        try:
            answer = ask(state["question"])
        except Exception:
            change(
                ("UPDATE breaker SET failures = failures + 1",),
                ("UPDATE breaker SET retry_at = ? WHERE failures >= ?", (clock() + cooldown, limit)),
            )
            return {"outcome": "failed", "answer": None}
        finally:
            change(("UPDATE breaker SET probing = 0",))  # whatever happens, the place is given back
        change(("UPDATE breaker SET failures = 0, retry_at = NULL",))
        return {"outcome": "answered", "answer": answer}

    return StateGraph(Desk).add_node(consult).add_edge(START, "consult").compile(checkpointer=saver)
