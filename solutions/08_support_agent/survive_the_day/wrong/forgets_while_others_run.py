# says: before you delete
class _Front:
    """The desk's door over one file. Every event is served under its thread's lock."""

    THREADS = ("door", "threads")

    def __init__(self, path: str, model: Any, shop: Any) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with alone(self.path, "\0opening"):  # tables are made by one process at a time
            self.saver, self.store = SqliteSaver(connect(path)), SqliteStore(connect(path))
            self.saver.setup()
            self.store.setup()
        self.desk = desk(model, shop).compile(checkpointer=self.saver, store=self.store)

    def __call__(self, event: dict[str, Any]) -> list[str]:
        return getattr(self, "_" + event["kind"])(event)

    # --- events

    def _message(self, event: dict[str, Any]) -> list[str]:
        customer, thread, named = event["customer"], event["thread"], event["id"]
        place_of(customer)  # refuses a missing customer
        with alone(self.path, thread) as config:
            owner = self._owner(thread)
            if owner is None:
                self.store.put(self.THREADS, thread, {"owner": customer})
            elif owner != customer:
                raise PermissionError(f"{thread!r} is somebody else's")
            self._finish(config, customer)
            if named not in (each.id for each in self._said(config)):
                self._run({"messages": [HumanMessage(event["text"], id=named)]}, config, customer)
            return self._answers(config, named)

    def _answer(self, event: dict[str, Any]) -> list[str]:
        given, staff = event["answer"], event["staff"]
        signed = {**(given if isinstance(given, dict) else {"answer": given}), "staff": staff}
        with alone(self.path, event["thread"]) as config:
            owner = self._owner(event["thread"])
            if owner is None:
                return []
            self._finish(config, owner)
            waiting = self.desk.get_state(config).interrupts
            if waiting:
                self._run(Command(resume={waiting[0].id: signed}), config, owner)
        return []

    def _forget(self, event: dict[str, Any]) -> list[str]:
        customer = event["customer"]
        for item in self.store.search(self.THREADS, limit=1_000_000):
            if item.value["owner"] == customer:
                self.saver.delete_thread(item.key)
                self.store.delete(self.THREADS, item.key)
        whole = place_of(customer)[:-1]
        for item in self.store.search(whole, limit=1_000_000):
            self.store.delete(item.namespace, item.key)
        self._wipe()
        return []

    # --- parts

    def _owner(self, thread: str) -> str | None:
        item = self.store.get(self.THREADS, thread)
        return item.value["owner"] if item else None

    def _said(self, config: Any) -> list[AnyMessage]:
        return self.desk.get_state(config).values.get("messages", [])

    def _answers(self, config: Any, named: str) -> list[str]:
        texts, mine = [], False
        for each in self._said(config):
            if isinstance(each, HumanMessage):
                mine = each.id == named
            elif mine and isinstance(each, AIMessage) and each.text:
                texts.append(str(each.text))
        return texts

    def _finish(self, config: Any, owner: str) -> None:
        if self.desk.get_state(config).tasks:  # also a half-saved step, or an answer nobody has read
            self._run(None, config, owner)

    def _run(self, given: Any, config: Any, owner: str) -> None:
        for attempt in range(200):
            try:
                self.desk.invoke(given, config, context=Context(customer=owner), durability="sync")
                return
            except ConnectionError:
                if attempt == 199:
                    raise
                time.sleep(min(0.01 * 2**attempt, 0.5))
                if not isinstance(given, Command) or self._was_read(given, config):
                    given = None if self.desk.get_state(config).tasks else given

    def _was_read(self, given: Command, config: Any) -> bool:
        """Tell whether the question's node has taken the answer; else it must be given again."""
        [answer] = given.resume.values()
        saved = self.saver.get_tuple(config)
        writes = saved.pending_writes or [] if saved else []
        open_ids = {each.id for each in self.desk.get_state(config).interrupts}
        if not open_ids & given.resume.keys():
            return True
        return any(channel == "__resume__" and answer in value for _, channel, value in writes)

    def _wipe(self) -> None:
        connection = connect(self.path)
        connection.isolation_level = None
        try:
            for _ in range(600):
                try:
                    connection.execute("vacuum")
                    [busy, *_] = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
                    if not busy:
                        return
                except sqlite3.OperationalError:
                    pass
                time.sleep(0.05)
            raise TimeoutError("the file is too busy to be wiped")
        finally:
            connection.close()


def open_door(path: str, model: Any, shop: Any) -> Callable[[dict[str, Any]], list[str]]:
    """Open the desk over a file, and return the function that serves an event."""
    return _Front(path, model, shop)
