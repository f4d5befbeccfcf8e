# says: again however a run ends
class Sessions:
    """The conversations of a support desk's users."""

    def __init__(self, graph: CompiledStateGraph, store: SqliteStore) -> None:
        self.graph = graph
        self.store = store
        self._sql(
            "create table if not exists desk_sessions ("
            "id text primary key, owner text not null, title text not null,"
            " closed integer not null default 0, used integer not null)"
        )
        self._sql("create index if not exists desk_owner on desk_sessions (owner)")

    def _sql(self, query, *params):
        with self.store.lock:
            cursor = self.store.conn.execute(query, params)
            return cursor.fetchall(), cursor.rowcount

    def _owner(self, user):
        if user is None or user == "":
            raise PermissionError("no user")
        return hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()

    def _change(self, query, user, session):
        owner = self._owner(user)
        if not isinstance(session, str) or self._sql(query, session, owner)[1] != 1:
            raise PermissionError("no such session")

    def open(self, user: str, title: str) -> str:
        """Open a session, and return its id."""
        owner, session = self._owner(user), uuid.uuid4().hex
        self._sql(
            "insert into desk_sessions select ?, ?, ?, 0, coalesce(max(used), 0) + 1 from desk_sessions",
            session,
            owner,
            json.dumps(title),
        )
        return session

    def send(self, user: str, session: str, text: str) -> str:
        """Run the graph in a user's session, and return what it answers."""
        used = "(select max(used) + 1 from desk_sessions)"
        self._change(
            f"update desk_sessions set used = {used} where id = ? and owner = ? and not closed", user, session
        )
        config = {"configurable": {"thread_id": session}}
        result = self.graph.invoke({"messages": [HumanMessage(text)]}, config)
        if not self._sql("select 1 from desk_sessions where id = ?", session)[0]:
            self.graph.checkpointer.delete_thread(session)
        return str(result["messages"][-1].text)

    def of(self, user: str) -> list[dict[str, Any]]:
        """Return a user's sessions, the last used first."""
        query = "select id, title, closed from desk_sessions where owner = ? order by used desc"
        rows, _ = self._sql(query, self._owner(user))
        return [{"id": i, "title": json.loads(t), "closed": bool(c)} for i, t, c in rows]

    def close(self, user: str, session: str) -> None:
        """Let nothing more be sent in a session."""
        self._change("update desk_sessions set closed = 1 where id = ? and owner = ?", user, session)

    def delete(self, user: str, session: str) -> None:
        """Erase a session, for good."""
        self._change("delete from desk_sessions where id = ? and owner = ?", user, session)
        self.graph.checkpointer.delete_thread(session)
