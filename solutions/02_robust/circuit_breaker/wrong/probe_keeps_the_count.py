# says: the count starts again at 0
# %% [before]
import uuid
from contextlib import contextmanager


class Breaker:
    """One row: failures in a row, when opened (or null), whose probe and since when (or null)."""

    def __init__(self, path, clock, limit, cooldown):
        self.path, self.clock, self.limit, self.cooldown = path, clock, limit, cooldown
        with self.row():
            pass

    @contextmanager
    def row(self):
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as db:
            db.execute("begin immediate")
            db.execute("create table if not exists b (fails int, opened real, probe text, since real)")
            found = db.execute("select * from b").fetchone() or (0, None, None, None)
            box = list(found)
            yield box
            db.execute("delete from b")
            db.execute("insert into b values (?, ?, ?, ?)", box)
            db.execute("commit")

    def enter(self):
        """A ticket, or None where the run is refused."""
        with self.row() as row:
            _, opened, probe, since = row
            if opened is None:
                return "closed"
            now = self.clock()
            if now < opened + self.cooldown or (probe and now < since + self.cooldown):
                return None
            row[2:] = ticket, _ = uuid.uuid4().hex, now
            return ticket

    def leave(self, ticket, good):
        with self.row() as row:
            if ticket == "closed":
                if row[1] is None:
                    row[0] = 0 if good else row[0] + 1
                    if row[0] >= self.limit:
                        row[1] = self.clock()
            elif row[2] == ticket:
                row[:] = (
                    [self.limit - 1, None, None, None] if good else [self.limit, self.clock(), None, None]
                )


# %% [answer]
def build_desk(saver, breaker, ask, clock, limit, cooldown):
    guard = Breaker(breaker, clock, limit, cooldown)

    class State(TypedDict, total=False):
        question: str
        outcome: str
        answer: str | None

    def desk(state):
        ticket = guard.enter()
        if ticket is None:
            return {"outcome": "refused", "answer": None}
        try:
            text = ask(state["question"])
        except Exception:
            guard.leave(ticket, False)
            return {"outcome": "failed", "answer": None}
        guard.leave(ticket, True)
        return {"outcome": "answered", "answer": text}

    return StateGraph(State).add_node(desk).add_edge(START, "desk").compile(checkpointer=saver)
