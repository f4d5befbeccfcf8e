# says: so draw ids
class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self._graph, self._store = graph, store

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        place = (self._space("count", user), "count")
        count = self._store.get(*place)
        number = count.value["n"] + 1 if count else 1  # deleted ones count, too
        self._store.put(*place, {"n": number})
        session = f"{user.encode().hex()}-{number}"
        self._store.put(self._space("session", user), session, {"title": title, "at": time.time_ns()})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        self._check(user, session)
        if self._has("closed", user, session):
            raise PermissionError("this session is closed")
        # An item of its own: one that's read and put back undoes what others did meanwhile.
        self._store.put(self._space("used", user), session, {"at": time.time_ns()})
        config = {"configurable": {"thread_id": session}}
        try:
            state = self._graph.invoke({"messages": [("user", text)]}, config)
        finally:  # a run that fails has saved something, too
            if not self._has("session", user, session):  # what this run has saved came too late
                self._graph.checkpointer.delete_thread(session)
        return state["messages"][-1].text

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        sessions, used, closed = (
            {item.key: item.value for item in self._store.search(self._space(kind, user), limit=1_000_000)}
            for kind in ("session", "used", "closed")
        )
        last = sessions | used
        return [
            {"id": id, "title": sessions[id]["title"], "closed": id in closed}
            for id in sorted(sessions, key=lambda id: last[id]["at"], reverse=True)
        ]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self._check(user, session)
        self._store.put(self._space("closed", user), session, {})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self._check(user, session)
        for kind in ("session", "used", "closed"):  # first, so that a run which ends now finds it gone
            self._store.delete(self._space(kind, user), session)
        self._graph.checkpointer.delete_thread(session)

    def _space(self, kind: str, user: str) -> tuple[str, ...]:
        if not user:
            raise PermissionError("nobody is logged in")
        return (kind, user.encode().hex())  # no label may hold a dot

    def _has(self, kind: str, user: str, session: str) -> bool:
        return self._store.get(self._space(kind, user), session) is not None

    def _check(self, user: str, session: str) -> None:
        if not self._has("session", user, session):
            raise PermissionError("this isn't your session")
