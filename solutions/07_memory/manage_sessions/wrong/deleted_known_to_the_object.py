# says: another process deleted a session during a run
from langgraph.store.base import PutOp


class Sessions:
    """The conversations of a support desk's users.

    A session is an item of its own, and so are "closed" and "last used": no process ever
    writes back what another one has changed. A run that ends in a deleted session
    erases what it saved.
    """

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self._graph, self._saver, self._store = graph, graph.checkpointer, store
        self._deleted: set[str] = set()

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        home, session = self._home(user), str(uuid.uuid4())
        # As JSON: ASCII, so that any text comes back.
        self._put(home, session, {"title": json.dumps(title), "at": self._now(home)})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        home = self._own(user, session)
        if self._store.get((*home, "closed"), session):
            raise PermissionError("this session is closed")
        self._put((*home, "used"), session, {"at": self._now(home)})
        if self._store.get(home, session) is None:  # deleted just now
            self._store.delete((*home, "used"), session)
        config = {"configurable": {"thread_id": session}}
        try:
            state = self._graph.invoke({"messages": [HumanMessage(text)]}, config)
        finally:
            if session in self._deleted:  # meanwhile
                self._saver.delete_thread(session)
        return str(state["messages"][-1].text)

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        home = self._home(user)
        items, closed, used = {}, set(), {}
        for item in self._all(home):
            if item.namespace == home:
                items[item.key] = item.value
            elif item.namespace[-1] == "closed":
                closed.add(item.key)
            else:
                used[item.key] = item.value["at"]
        order = sorted(items, key=lambda i: max(items[i]["at"], used.get(i, 0)), reverse=True)
        return [{"id": i, "title": json.loads(items[i]["title"]), "closed": i in closed} for i in order]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        home = self._own(user, session)
        self._put((*home, "closed"), session, {"closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        home = self._own(user, session)
        self._deleted.add(session)
        self._saver.delete_thread(session)
        places = home, (*home, "closed"), (*home, "used")
        self._store.batch([PutOp(place, session, None) for place in places])

    def _home(self, user: str) -> tuple[str, ...]:
        if not isinstance(user, str) or not user:
            raise PermissionError("no user")
        # A label of a namespace may not contain a dot, and a user id may.
        return "desk", hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()

    def _own(self, user: str, session: str) -> tuple[str, ...]:
        home = self._home(user)
        if not isinstance(session, str) or not session or not self._store.get(home, session):
            raise PermissionError("this isn't one of your sessions")
        return home

    def _put(self, place: tuple[str, ...], key: str, value: dict[str, Any]) -> None:
        self._store.put(place, key, value, index=False, ttl=None)

    def _all(self, home: tuple[str, ...]) -> list[Item]:
        return self._store.search(home, limit=2**31)

    def _now(self, home: tuple[str, ...]) -> int:
        """The time in nanoseconds, and later than anything of this user's."""
        latest = max((item.value.get("at", 0) for item in self._all(home)), default=0)
        return max(time.time_ns(), latest + 1)
