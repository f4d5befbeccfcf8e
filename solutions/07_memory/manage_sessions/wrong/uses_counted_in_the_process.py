# says: one process's counts say nothing
# The number that orders the sessions is read from the store when the process starts, and counted in the process.
import itertools


class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self._graph = graph
        self._store = store
        uses = store.search(("used",), limit=1_000_000)
        self._uses = itertools.count(1 + max((item.value["n"] for item in uses), default=0))

    def _label(self, user: str) -> str:
        if not isinstance(user, str) or user == "":
            raise PermissionError("no user")
        return hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()

    def _mine(self, user: str, session: str) -> str:
        label = self._label(user)
        known = isinstance(session, str) and session and self._store.get(("sessions", label), session)
        if not known:
            raise PermissionError(f"{user!r} has no session {session!r}")
        return label

    def _use(self, label: str, session: str) -> None:
        self._store.put(("used", label), session, {"n": next(self._uses)})

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        label, session = self._label(user), str(uuid.uuid4())
        self._use(label, session)
        self._store.put(("sessions", label), session, {"title": title})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        label = self._mine(user, session)
        if self._store.get(("closed", label), session):
            raise PermissionError(f"session {session!r} is closed")
        self._use(label, session)
        try:
            config = {"configurable": {"thread_id": session}}
            state = self._graph.invoke({"messages": [HumanMessage(text)]}, config)
            return state["messages"][-1].text
        finally:
            if self._store.get(("sessions", label), session) is None:  # deleted meanwhile
                self._graph.checkpointer.delete_thread(session)

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        label, limit = self._label(user), 1_000_000
        used = {item.key: item.value["n"] for item in self._store.search(("used", label), limit=limit)}
        closed = {item.key for item in self._store.search(("closed", label), limit=limit)}
        found = self._store.search(("sessions", label), limit=limit)
        found.sort(key=lambda item: used.get(item.key, 0), reverse=True)
        return [
            {"id": item.key, "title": item.value["title"], "closed": item.key in closed} for item in found
        ]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        label = self._mine(user, session)
        self._store.put(("closed", label), session, {"closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        label = self._mine(user, session)
        self._store.delete(("sessions", label), session)
        self._graph.checkpointer.delete_thread(session)
        for mark in ("closed", "used"):
            self._store.delete((mark, label), session)
