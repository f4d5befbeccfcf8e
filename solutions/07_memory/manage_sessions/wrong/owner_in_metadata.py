# says: asked the table of checkpoints
class Sessions:
    """Title, owner and whether it's closed are in the metadata of each checkpoint."""

    def __init__(self, graph, store):
        self.graph = graph

    def open(self, user, title):
        if not user:
            raise PermissionError(user)
        id = str(uuid.uuid4())
        self._mark(id, user, title, False)
        return id

    def _mark(self, id, user, title, closed):
        about = {"user": user, "title": title, "closed": closed, "at": time.time_ns()}
        self.graph.update_state({"configurable": {"thread_id": id}, "metadata": about}, {"messages": []})

    def _own(self, user, id):
        if not user or not id:
            raise PermissionError(id)
        found = self.graph.get_state({"configurable": {"thread_id": id}})
        if not found.metadata or found.metadata.get("user") != user:
            raise PermissionError(id)
        return found.metadata

    def send(self, user, session, text):
        about = self._own(user, session)
        if about["closed"]:
            raise PermissionError(session)
        keep = {name: about[name] for name in ("user", "title", "closed")}
        config = {"configurable": {"thread_id": session}, "metadata": {**keep, "at": time.time_ns()}}
        return self.graph.invoke({"messages": [("user", text)]}, config)["messages"][-1].text

    def of(self, user):
        if not user:
            raise PermissionError(user)
        heads = {}
        for one in self.graph.checkpointer.list(None, filter={"user": user}):
            heads.setdefault(one.config["configurable"]["thread_id"], one.metadata)
        rows = sorted(heads.items(), key=lambda pair: pair[1]["at"], reverse=True)
        return [{"id": id, "title": m["title"], "closed": m["closed"]} for id, m in rows]

    def close(self, user, session):
        about = self._own(user, session)
        self._mark(session, user, about["title"], True)

    def delete(self, user, session):
        self._own(user, session)
        self.graph.checkpointer.delete_thread(session)
