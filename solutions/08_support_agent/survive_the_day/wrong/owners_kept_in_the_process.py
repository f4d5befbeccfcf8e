# says: read from the file each time who owns
# Each process keeps the owners that it has read, and only the one that forgets a customer drops them.
def open_door(path: str, model: Any, shop: Any) -> Callable[[dict[str, Any]], list[str]]:
    """Open the desk over a file, and return the function that serves an event."""
    import fcntl
    from contextlib import contextmanager

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # One event at a time, in all processes; a kill lets the lock go.
    lock_path = f"{path}.lock"

    @contextmanager
    def nobody_else():
        with Path(lock_path).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    with nobody_else():
        saver, store = SqliteSaver(connect(path)), SqliteStore(connect(path))
        saver.setup()
        store.setup()
    graph = desk(model, shop).compile(checkpointer=saver, store=store)
    owners: dict[str, str] = {}  # a thread's owner never changes, so it's read once

    def owner_of(thread: str) -> str | None:
        if thread not in owners:
            item = store.get(("threads",), thread)
            if item is None:
                return None
            owners[thread] = item.value["customer"]
        return owners[thread]

    def config_of(thread: str) -> dict[str, Any]:
        return {"configurable": {"thread_id": thread}}

    def messages_of(thread: str) -> list[AnyMessage]:
        return graph.get_state(config_of(thread)).values.get("messages", [])

    def run(thread: str, given: Any) -> None:
        context = Context(customer=owner_of(thread))
        for attempt in range(5):
            try:
                graph.invoke(given, config_of(thread), context=context, durability="sync")
                return
            except ConnectionError:
                if attempt == 4:
                    raise
                given = None  # it's saved; go on from there
                time.sleep(0.02 * 2**attempt)

    def finish(thread: str) -> None:
        """Finish a run that was killed, unless it waits for staff."""
        tasks = graph.get_state(config_of(thread)).tasks
        open_tasks = [task for task in tasks if task.result is None]
        if tasks and not (open_tasks and all(task.interrupts for task in open_tasks)):
            run(thread, None)

    def texts(messages: list[AnyMessage]) -> list[str]:
        return [one.text for one in messages if isinstance(one, AIMessage) and one.text]

    def message(event: dict[str, Any]) -> list[str]:
        customer, thread, name = event["customer"], event["thread"], event["id"]
        place_of(customer)  # raises PermissionError for nobody
        owner = owner_of(thread)
        if owner is None:
            store.put(("threads",), thread, {"customer": customer})
            owners[thread] = customer
        elif owner != customer:
            raise PermissionError(f"{thread} is somebody else's")
        finish(thread)
        if name not in {one.id for one in messages_of(thread)}:
            run(thread, {"messages": [HumanMessage(event["text"], id=name)]})
        messages = messages_of(thread)
        at = next((n for n, one in enumerate(messages) if one.id == name), len(messages))
        own = []
        for one in messages[at + 1 :]:
            if isinstance(one, HumanMessage):
                break
            own.append(one)
        return texts(own)

    def answer(event: dict[str, Any]) -> list[str]:
        thread, given = event["thread"], event["answer"]
        if owner_of(thread) is None:
            return []
        finish(thread)
        if not graph.get_state(config_of(thread)).interrupts:
            return []
        before = {one.id for one in messages_of(thread)}
        signed = {**given} if isinstance(given, dict) else {"answer": given}
        run(thread, Command(resume=signed | {"staff": event["staff"]}))
        return texts([one for one in messages_of(thread) if one.id not in before])

    def all_items(place: tuple[str, ...], **only: Any) -> list[Any]:
        items: list[Any] = []
        while page := store.search(place, limit=500, offset=len(items), **only):
            items.extend(page)
        return items

    def forget(event: dict[str, Any]) -> list[str]:
        customer = event["customer"]
        threads = all_items(("threads",), filter={"customer": customer})
        for item in threads:
            saver.delete_thread(item.key)
        for item in [*all_items(place_of(customer)), *threads]:
            store.delete(item.namespace, item.key)
            if item.namespace == ("threads",):
                owners.pop(item.key, None)
        with saver.lock:
            saver.conn.execute("vacuum")
            saver.conn.execute("pragma wal_checkpoint(truncate)").fetchall()
        return []

    kinds = {"message": message, "answer": answer, "forget": forget}

    def serve(event: dict[str, Any]) -> list[str]:
        with nobody_else():
            return kinds[event["kind"]](event)

    return serve
