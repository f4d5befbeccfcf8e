def open_door(path, model, shop):
    """One lock for the whole file, and no list of threads: each checkpoint says whose it is."""
    import fcntl

    saver = SqliteSaver(sqlite3.connect(path, check_same_thread=False, timeout=30))
    store = SqliteStore(connect(path))
    saver.setup()
    store.setup()
    graph = desk(model, shop).compile(checkpointer=saver, store=store)

    def config(thread, customer=None):
        named = {"metadata": {"customer": customer}} if customer else {}
        return {"configurable": {"thread_id": thread}, **named}

    def owner(thread):
        saved = saver.get_tuple(config(thread))
        return saved.metadata["customer"] if saved else None

    def drive(thread, customer, given, attempts=5):
        try:
            for _ in graph.stream(
                given, config(thread, customer), context=Context(customer), durability="sync"
            ):
                pass
        except ConnectionError:
            if attempts == 1:
                raise
            time.sleep(0.05)
            drive(thread, customer, None, attempts - 1)

    def settle(thread):
        state = graph.get_state(config(thread))
        if state.tasks and not any(task.interrupts for task in state.tasks):
            drive(thread, owner(thread), None)
        return graph.get_state(config(thread))

    def answer(event):
        thread, given = event["thread"], event["answer"]
        if settle(thread).interrupts:
            given = dict(given) if isinstance(given, dict) else {}
            drive(thread, owner(thread), Command(resume=given | {"staff": event["staff"]}))
        return []

    def message(event):
        thread, customer, id = event["thread"], event["customer"], event["id"]
        if owner(thread) not in (None, customer):
            raise PermissionError(thread)
        if id not in {m.id for m in settle(thread).values.get("messages", ())}:
            drive(thread, customer, {"messages": [HumanMessage(event["text"], id=id)]})
        turns = {}
        for m in settle(thread).values["messages"]:
            if m.type == "human":
                texts = turns.setdefault(m.id, [])
            elif m.type == "ai" and m.text:
                texts.append(m.text)
        return turns[id]

    def forget(event):
        customer = event["customer"]
        threads = {
            c.config["configurable"]["thread_id"] for c in saver.list(None, filter={"customer": customer})
        }
        for thread in threads:
            saver.delete_thread(thread)
        for fact in store.search(place_of(customer), limit=10**6):
            store.delete(fact.namespace, fact.key)
        with sqlite3.connect(path, isolation_level=None, timeout=30) as db:
            db.execute("vacuum")
            db.execute("pragma wal_checkpoint(truncate)")
        db.close()
        return []

    def serve(event):
        with Path(f"{path}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return {"message": message, "answer": answer, "forget": forget}[event["kind"]](event)

    return serve
