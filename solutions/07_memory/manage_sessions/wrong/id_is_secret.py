# says: look for the session among this user's
class Sessions:
    def __init__(self, graph, store):
        self.graph, self.store = graph, store

    def space(self, user):
        if not user:
            raise PermissionError("log in")
        return ("sessions", user.encode().hex())

    def open(self, user, title):
        id = uuid.uuid4().hex  # nobody can guess it
        self.store.put(self.space(user), id, {"title": title, "closed": False, "at": time.time_ns()})
        return id

    def send(self, user, session, text):
        if not user or not session:
            raise PermissionError(session)
        entry = self.store.get(self.space(user), session)
        if entry and entry.value["closed"]:
            raise PermissionError("closed")
        if entry:
            self.store.put(self.space(user), session, {**entry.value, "at": time.time_ns()})
        state = self.graph.invoke({"messages": [("user", text)]}, {"configurable": {"thread_id": session}})
        return state["messages"][-1].text

    def of(self, user):
        items = sorted(self.store.search(self.space(user), limit=10_000), key=lambda i: -i.value["at"])
        return [{"id": i.key, "title": i.value["title"], "closed": i.value["closed"]} for i in items]

    def close(self, user, session):
        entry = self.store.get(self.space(user), session)
        if entry is None:
            raise PermissionError(session)
        self.store.put(self.space(user), session, {**entry.value, "closed": True})

    def delete(self, user, session):
        if self.store.get(self.space(user), session) is None:
            raise PermissionError(session)
        self.store.delete(self.space(user), session)
        self.graph.checkpointer.delete_thread(session)
