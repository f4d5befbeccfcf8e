# says: should have a session titled '007'
class Sessions:
    """Sessions in a table of its own. SQLite has no type `string`, and makes numbers of such a column's texts."""

    def __init__(self, graph, store):
        self.graph, self.db = graph, store.conn
        self.db.execute(
            "create table if not exists session"
            " (n integer primary key autoincrement, id string unique, user string, title string, closed int default 0)"
        )

    def _check(self, user, session, *, to_send=False):
        row = self.db.execute("select user, closed from session where id = ?", (session,)).fetchone()
        if not user or row is None or row[0] != user or (to_send and row[1]):
            raise PermissionError(f"{user!r} may not use {session!r}")

    def _touch(self, session):
        self.db.execute(
            "update session set n = (select max(n) + 1 from session) where id = ?", (session,)
        )  # the highest number was used last

    def open(self, user, title):
        if not user:
            raise PermissionError("nobody is logged in")
        id = uuid.uuid4().hex
        self.db.execute("insert into session (id, user, title) values (?, ?, ?)", (id, user, title))
        return id

    def send(self, user, session, text):
        self._check(user, session, to_send=True)
        self._touch(session)
        try:
            final = self.graph.invoke(
                {"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": session}}
            )
        finally:
            self._clean(user, session)
        return final["messages"][-1].text

    def _clean(self, user, session):
        try:
            self._check(user, session)
        except PermissionError:
            self.graph.checkpointer.delete_thread(session)
            raise

    def of(self, user):
        if not user:
            raise PermissionError("nobody is logged in")
        rows = self.db.execute(
            "select id, title, closed from session where user = ? order by n desc", (user,)
        )
        return [{"id": id, "title": title, "closed": bool(closed)} for id, title, closed in rows]

    def close(self, user, session):
        self._check(user, session)
        self.db.execute("update session set closed = 1 where id = ?", (session,))

    def delete(self, user, session):
        self._check(user, session)
        self.db.execute("delete from session where id = ?", (session,))
        self.graph.checkpointer.delete_thread(session)
