from langgraph.func import entrypoint


def build_desk(saver, breaker, ask, clock, limit, cooldown):
    """A log of events, from which the state of the breaker is read; and the functional API."""

    def log(decide):
        """Add the event that `decide` makes of those since the last success, if it makes one."""
        with closing(sqlite3.connect(breaker, timeout=10)) as db, db:
            db.execute("BEGIN EXCLUSIVE")
            db.execute("CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, kind TEXT, time REAL)")
            past = db.execute(
                "SELECT kind, time FROM events WHERE number >"
                " (SELECT coalesce(max(number), 0) FROM events WHERE kind = 'success') ORDER BY number"
            ).fetchall()
            kind = decide(past)
            if kind not in ("call", "refused"):
                db.execute("INSERT INTO events (kind, time) VALUES (?, ?)", (kind, clock()))
            return kind

    def admission(past):
        if [kind for kind, _ in past].count("failure") < limit:
            return "call"
        return "refused" if clock() < past[-1][1] + cooldown else "probe"

    @entrypoint(checkpointer=saver)
    def desk(given: dict) -> dict:
        if log(admission) == "refused":
            return {**given, "outcome": "refused", "answer": None}
        try:
            answer = ask(given["question"])
        except Exception:
            log(lambda past: "failure")
            return {**given, "outcome": "failed", "answer": None}
        log(lambda past: "success")
        return {**given, "outcome": "answered", "answer": answer}

    return desk
