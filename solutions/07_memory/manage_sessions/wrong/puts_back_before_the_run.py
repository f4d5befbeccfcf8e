# says: right before `send` wrote
class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self._graph, self._store = graph, store

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        space, session = self._space(user), str(uuid.uuid4())
        self._store.put(space, session, {"title": title, "closed": False, "used": time.time_ns()})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        entry = self._own(user, session)
        if entry["closed"]:
            raise PermissionError("this session is closed")
        self._store.put(self._space(user), session, {**entry, "used": time.time_ns()})
        config = {"configurable": {"thread_id": session}}
        try:
            state = self._graph.invoke({"messages": [("user", text)]}, config)
        finally:  # a run that fails has saved something, too
            if self._store.get(self._space(user), session) is None:  # what this run has saved came too late
                self._graph.checkpointer.delete_thread(session)
        return state["messages"][-1].text

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        items = self._store.search(self._space(user), limit=1_000_000)
        items.sort(key=lambda item: item.value["used"], reverse=True)
        return [
            {"id": item.key, "title": item.value["title"], "closed": item.value["closed"]} for item in items
        ]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self._store.put(self._space(user), session, {**self._own(user, session), "closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self._own(user, session)
        self._store.delete(self._space(user), session)  # first, so that a run which ends now finds it gone
        self._graph.checkpointer.delete_thread(session)

    def _space(self, user: str) -> tuple[str, ...]:
        if not user:
            raise PermissionError("nobody is logged in")
        return ("sessions", user.encode().hex())  # no label may hold a dot

    def _own(self, user: str, session: str) -> dict[str, Any]:
        item = self._store.get(self._space(user), session)
        if item is None:
            raise PermissionError("this isn't your session")
        return item.value
