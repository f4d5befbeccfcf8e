# says: right before `send` wrote
class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self.graph, self.store = graph, store

    def _space(self, user):
        if user is None or user == "":
            raise PermissionError("no user")
        return ("sessions", user.encode().hex())

    def _own(self, user, session):
        item = self.store.get(self._space(user), session)
        if item is None:
            raise PermissionError("not your session")
        return item.value

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        session = uuid.uuid4().hex
        self.store.put(self._space(user), session, {"title": title, "closed": False, "used": time.time_ns()})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        if self._own(user, session)["closed"]:
            raise PermissionError("closed")
        config = {"configurable": {"thread_id": session}}
        try:
            state = self.graph.invoke({"messages": [HumanMessage(text)]}, config)
        finally:
            item = self.store.get(self._space(user), session)  # it may have been closed or deleted meanwhile
            if item is None:
                self.graph.checkpointer.delete_thread(session)
            else:
                self.store.put(self._space(user), session, {**item.value, "used": time.time_ns()})
        return state["messages"][-1].text

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        items = self.store.search(self._space(user), limit=1_000_000)
        items.sort(key=lambda item: item.value["used"], reverse=True)
        return [
            {"id": item.key, "title": item.value["title"], "closed": item.value["closed"]} for item in items
        ]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self.store.put(self._space(user), session, {**self._own(user, session), "closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self._own(user, session)
        self.store.delete(self._space(user), session)
        self.graph.checkpointer.delete_thread(session)
