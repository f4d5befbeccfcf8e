# says: `search` has a `limit`
class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self.graph = graph
        self.store = store

    def _place(self, kind, user):
        if user is None or user == "":
            raise PermissionError("nobody is logged in")
        return (kind, hashlib.sha256(user.encode()).hexdigest())

    def _has(self, kind, user, session):
        return self.store.get(self._place(kind, user), session) is not None

    def _check(self, user, session):
        self._place("session", user)
        if not session or not self._has("session", user, session):
            raise PermissionError("no such session")

    def _use(self, user, session):
        self.store.put(self._place("used", user), session, {"at": time.time_ns()})

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        session = uuid.uuid4().hex
        self._use(user, session)
        self.store.put(self._place("session", user), session, {"title": title})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        self._check(user, session)
        if self._has("closed", user, session):
            raise PermissionError("the session is closed")
        self._use(user, session)
        try:
            result = self.graph.invoke(
                {"messages": [HumanMessage(text)]},
                {"configurable": {"thread_id": session}},
                durability="sync",
            )
        finally:
            if not self._has("session", user, session):
                self.graph.checkpointer.delete_thread(session)
        return result["messages"][-1].text

    def _all(self, kind, user):
        return {item.key: item.value for item in self.store.search(self._place(kind, user), limit=1000)}

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        used, closed = self._all("used", user), self._all("closed", user)
        found = sorted(
            self._all("session", user).items(),
            key=lambda pair: used.get(pair[0], {"at": 0})["at"],
            reverse=True,
        )
        return [{"id": key, "title": value["title"], "closed": key in closed} for key, value in found]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self._check(user, session)
        self.store.put(self._place("closed", user), session, {"closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self._check(user, session)
        self.store.delete(self._place("session", user), session)
        self.graph.checkpointer.delete_thread(session)
