# says: return the message's `text`
class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self.graph = graph
        self.store = store

    def _places(self, user: str) -> list[tuple[str, ...]]:
        """Return where titles, times of use, and closings are kept: three places, so that nothing is read and put back."""
        if user is None or user == "":
            raise PermissionError("no user")
        name = hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()
        return [("sessions", name), ("used", name), ("closed", name)]

    def _there(self, user: str, session: str) -> bool:
        return bool(session) and self.store.get(self._places(user)[0], session) is not None

    def _check(self, user: str, session: str) -> None:
        self._places(user)
        if not self._there(user, session):
            raise PermissionError("not a session of this user")

    def _put(self, place: tuple[str, ...], session: str, value: dict[str, Any]) -> None:
        self.store.put(place, session, value, index=False, ttl=None)

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        titles, used, _ = self._places(user)
        session = str(uuid.uuid4())
        self._put(used, session, {"at": time.time_ns()})
        self._put(titles, session, {"title": title})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        _, used, closed = self._places(user)
        self._check(user, session)
        if self.store.get(closed, session) is not None:
            raise PermissionError("this session is closed")
        self._put(used, session, {"at": time.time_ns()})
        try:
            result = self.graph.invoke(
                {"messages": [HumanMessage(text)]},
                {"configurable": {"thread_id": session}},
                durability="sync",
            )
        finally:
            if not self._there(user, session):
                self.graph.checkpointer.delete_thread(session)
        content = result["messages"][-1].content
        if isinstance(content, str):
            return content
        return "".join(block if isinstance(block, str) else block.get("text", "") for block in content)

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        titles, used, closed = (
            {item.key: item.value for item in self.store.search(place, limit=10_000_000)}
            for place in self._places(user)
        )
        order = sorted(titles, key=lambda session: used.get(session, {"at": 0})["at"], reverse=True)
        return [{"id": s, "title": titles[s]["title"], "closed": s in closed} for s in order]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self._check(user, session)
        self._put(self._places(user)[2], session, {"closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self._check(user, session)
        self.graph.checkpointer.delete_thread(session)
        self.store.delete(self._places(user)[0], session)
        self.graph.checkpointer.delete_thread(session)  # what a run wrote meanwhile; later, it looks itself
