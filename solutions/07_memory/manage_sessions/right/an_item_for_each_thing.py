class Sessions:
    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self.graph, self.store = graph, store

    def _place(self, kind, user):
        if not isinstance(user, str) or not user:
            raise PermissionError("nobody is logged in")
        return "desk", user.encode("utf-8", "surrogatepass").hex(), kind

    def _put(self, kind, user, session, value):
        self.store.put(self._place(kind, user), session, {"v": json.dumps(value)}, index=False)

    def _get(self, kind, user, session):
        place = self._place(kind, user)
        item = self.store.get(place, session) if isinstance(session, str) and session else None
        return item and json.loads(item.value["v"])

    def _all(self, kind, user):
        place = self._place(kind, user)
        return {item.key: json.loads(item.value["v"]) for item in self.store.search(place, limit=2**40)}

    def _own(self, user, session):
        if self._get("title", user, session) is None:
            raise PermissionError("not your session")

    def open(self, user: str, title: str) -> str:
        session = uuid.uuid4().hex
        self._put("used", user, session, time.time_ns())
        self._put("title", user, session, title)
        return session

    def send(self, user: str, session: str, text: str) -> str:
        self._own(user, session)
        if self._get("closed", user, session):
            raise PermissionError("closed")
        self._put("used", user, session, time.time_ns())
        try:
            config = {"configurable": {"thread_id": session}}
            return self.graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text
        finally:
            if self._get("title", user, session) is None:
                self.graph.checkpointer.delete_thread(session)

    def of(self, user: str) -> list[dict[str, Any]]:
        titles, used, closed = (self._all(kind, user) for kind in ("title", "used", "closed"))
        return [
            {"id": session, "title": titles[session], "closed": session in closed}
            for session in sorted(titles, key=lambda each: used.get(each, 0), reverse=True)
        ]

    def close(self, user: str, session: str) -> None:
        self._own(user, session)
        self._put("closed", user, session, True)

    def delete(self, user: str, session: str) -> None:
        self._own(user, session)
        for kind in ("title", "used", "closed"):
            self.store.delete(self._place(kind, user), session)
        self.graph.checkpointer.delete_thread(session)
