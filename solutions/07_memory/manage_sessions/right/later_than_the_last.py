ALL = 1_000_000_000  # search has a limit of 10


class Sessions:
    """The conversations of a support desk's users."""

    # Three shelves, with an item for each session. Nobody rewrites what somebody else may have changed meanwhile:
    # "title" is written once and is the session's existence, "closed" is only ever added, and "used" is just a time.

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self._graph = graph
        self._store = store

    @staticmethod
    def _shelf(name: str, user: str) -> tuple[str, str, str]:
        return ("desk", name, hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest())

    def _read(self, name: str, user: str) -> dict[str, dict[str, Any]]:
        items = self._store.search(self._shelf(name, user), limit=ALL, refresh_ttl=False)
        return {item.key: item.value for item in items}

    def _has(self, name: str, user: str, session: str) -> bool:
        return self._store.get(self._shelf(name, user), session, refresh_ttl=False) is not None

    def _write(self, name: str, user: str, session: str, value: dict[str, Any]) -> None:
        self._store.put(self._shelf(name, user), session, value, index=False, ttl=None)

    def _use(self, user: str, session: str) -> None:
        last = max((value["at"] for value in self._read("used", user).values()), default=0)
        self._write("used", user, session, {"at": max(time.time_ns(), last + 1)})

    def _check_user(self, user: str) -> None:
        if user is None or user == "":
            raise PermissionError("nobody is logged in")

    def _check(self, user: str, session: str) -> None:
        self._check_user(user)
        if session is None or session == "" or not self._has("title", user, session):
            raise PermissionError("this isn't a session of yours")

    def _erase(self, user: str, session: str) -> None:
        for name in ("title", "closed", "used"):
            self._store.delete(self._shelf(name, user), session)
        self._graph.checkpointer.delete_thread(session)

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        self._check_user(user)
        session = uuid.uuid4().hex
        self._use(user, session)
        self._write("title", user, session, {"title": json.dumps(title)})
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        self._check(user, session)
        if self._has("closed", user, session):
            raise PermissionError("this session is closed")
        self._use(user, session)
        config = {"configurable": {"thread_id": session}}
        try:
            state = self._graph.invoke({"messages": [HumanMessage(text)]}, config, durability="sync")
            return str(state["messages"][-1].text)
        finally:
            # If it was deleted meanwhile, what this run has saved since goes, too, however the run ended.
            if not self._has("title", user, session):
                self._erase(user, session)

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        self._check_user(user)
        titles, closed, used = (self._read(name, user) for name in ("title", "closed", "used"))
        order = sorted(titles, key=lambda session: used.get(session, {"at": 0})["at"], reverse=True)
        return [
            {"id": session, "title": json.loads(titles[session]["title"]), "closed": session in closed}
            for session in order
        ]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self._check(user, session)
        self._write("closed", user, session, {"closed": True})

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self._check(user, session)
        self._erase(user, session)
