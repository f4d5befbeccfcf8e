# %% [before]
import hashlib
from dataclasses import asdict, dataclass, field


@dataclass
class Entry:
    title: str
    owner: str
    closed: bool = False
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


# %% [answer]
class Sessions:
    """All sessions in one namespace each, found by a digest of the owner; an index by session beside it."""

    def __init__(self, graph, store):
        self.graph, self.store = graph, store

    @staticmethod
    def where(user):
        match user:
            case None | "":
                raise PermissionError("no user")
        return ("desk", "of-" + hashlib.sha256(user.encode()).hexdigest())

    def entry(self, user, session):
        place = self.where(user)
        found = self.store.get(place, session) if isinstance(session, str) and session else None
        if not found or found.value["owner"] != user:
            raise PermissionError("no such session")
        return Entry(**found.value)

    def change(self, user, session, name, value):
        """Change one field of an entry that's still there, in one statement."""
        self.store.conn.execute(
            "update store set value = json_set(cast(value as text), ?, json(?)) where prefix = ? and key = ?",
            (f"$.{name}", json.dumps(value), ".".join(self.where(user)), session),
        )

    def open(self, user, title):
        session = f"s-{uuid.uuid4()}"
        self.store.put(self.where(user), session, asdict(Entry(title, user)))
        return session

    def send(self, user, session, text):
        entry = self.entry(user, session)
        if entry.closed:
            raise PermissionError("closed")
        self.change(user, session, "at", datetime.now(UTC).isoformat())
        answer = ""
        thread = {"configurable": {"thread_id": f"desk/{session}"}}
        try:
            for state in self.graph.stream({"messages": [("human", text)]}, thread, stream_mode="values"):
                answer = state["messages"][-1].text
        finally:
            try:
                self.entry(user, session)
            except PermissionError:
                self.graph.checkpointer.delete_thread(f"desk/{session}")
        return answer

    def of(self, user):
        limit = 100
        while len(found := self.store.search(self.where(user), limit=limit)) == limit:
            limit *= 2
        found.sort(key=lambda item: item.value["at"])
        return [
            {"id": item.key, "title": item.value["title"], "closed": item.value["closed"]}
            for item in reversed(found)
        ]

    def close(self, user, session):
        self.entry(user, session)
        self.change(user, session, "closed", True)

    def delete(self, user, session):
        self.entry(user, session)
        self.store.delete(self.where(user), session)
        self.graph.checkpointer.delete_thread(f"desk/{session}")
