# says: should have done what was asked
class Sessions:
    def __init__(self, graph, store):
        self.graph, self.mine = graph, {}

    def open(self, user, title):
        if not user:
            raise PermissionError(user)
        id = str(uuid.uuid4())
        self.mine[id] = [user, title, False, time.time_ns()]
        return id

    def _own(self, user, id):
        if not user or id not in self.mine or self.mine[id][0] != user:
            raise PermissionError(id)
        return self.mine[id]

    def send(self, user, session, text):
        entry = self._own(user, session)
        if entry[2]:
            raise PermissionError(session)
        entry[3] = time.time_ns()
        state = self.graph.invoke({"messages": [("user", text)]}, {"configurable": {"thread_id": session}})
        if session not in self.mine:
            self.graph.checkpointer.delete_thread(session)
        return state["messages"][-1].text

    def of(self, user):
        if not user:
            raise PermissionError(user)
        rows = sorted(((e[3], id) for id, e in self.mine.items() if e[0] == user), reverse=True)
        return [{"id": id, "title": self.mine[id][1], "closed": self.mine[id][2]} for _, id in rows]

    def close(self, user, session):
        self._own(user, session)[2] = True

    def delete(self, user, session):
        self._own(user, session)
        del self.mine[session]
        self.graph.checkpointer.delete_thread(session)
