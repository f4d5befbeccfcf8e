# says: what's no `Exception`
LIMIT = 100_000


class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self.graph, self.store = graph, store

    def place(self, kind: str, user: str) -> tuple[str, str]:
        if user is None or user == "":
            raise PermissionError("no user")
        return (kind, user.encode().hex())

    def exists(self, user: str, session: str) -> bool:
        return self.store.get(self.place("sessions", user), str(session)) is not None

    def check(self, user: str, session: str) -> None:
        if not session or not self.exists(user, session):
            raise PermissionError("not your session")

    def closed(self, user: str, session: str) -> bool:
        return self.store.get(self.place("closed", user), session) is not None

    def touch(self, user: str, session: str) -> None:
        self.store.put(self.place("used", user), session, {"at": time.time_ns()})

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        session = str(uuid.uuid4())
        self.store.put(self.place("sessions", user), session, {"title": title})
        self.touch(user, session)
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        self.check(user, session)
        if self.closed(user, session):
            raise PermissionError("closed")
        self.touch(user, session)
        config = {"configurable": {"thread_id": session}}
        try:
            result = self.graph.invoke({"messages": [HumanMessage(text)]}, config, durability="sync")
        except Exception:
            self.forget(user, session)
            raise
        self.forget(user, session)
        return str(result["messages"][-1].text)

    def forget(self, user: str, session: str) -> None:
        if not self.exists(user, session):  # deleted meanwhile: the run has put it back
            self.graph.checkpointer.delete_thread(session)

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        closed = {item.key for item in self.store.search(self.place("closed", user), limit=LIMIT)}
        used = {
            item.key: item.value["at"] for item in self.store.search(self.place("used", user), limit=LIMIT)
        }
        items = self.store.search(self.place("sessions", user), limit=LIMIT)
        items.sort(key=lambda item: used.get(item.key, 0), reverse=True)
        return [
            {"id": item.key, "title": item.value["title"], "closed": item.key in closed} for item in items
        ]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self.check(user, session)
        self.store.put(self.place("closed", user), session, {"closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self.check(user, session)
        self.store.delete(self.place("sessions", user), session)
        self.store.delete(self.place("closed", user), session)
        self.store.delete(self.place("used", user), session)
        self.graph.checkpointer.delete_thread(session)
