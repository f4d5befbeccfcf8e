# says: holds no items of a store
def open_door(path: str, model: Any, shop: Any) -> Callable[[dict[str, Any]], list[str]]:
    """Open the desk over a file, and return the function that serves an event."""

    from langgraph.store.memory import InMemoryStore

    saver, store = SqliteSaver(connect(path)), InMemoryStore()
    saver.setup()
    graph = desk(model, shop).compile(checkpointer=saver, store=store)

    def owner(thread: str) -> str | None:
        claim = store.get(("threads",), thread)
        return claim.value["customer"] if claim else None

    def run(given: Any, config: Any) -> None:
        context = Context(customer=owner(config["configurable"]["thread_id"]))
        for wait in (0.02, 0.05, 0.1, 0.2, None):
            try:
                graph.invoke(given, config, context=context, durability="sync")
                return
            except ConnectionError:
                if wait is None:
                    raise
                given = None  # what was given is saved: the run goes on where it stopped
                time.sleep(wait)

    def finished(config: Any) -> Any:
        state = graph.get_state(config)
        if state.tasks and not state.interrupts:
            run(None, config)
        return graph.get_state(config)

    def answers(config: Any, id: str) -> list[str]:
        said, found = [], False
        for message in graph.get_state(config).values["messages"]:
            if message.type == "human":
                found = message.id == id
            elif found and message.type == "ai" and message.text:
                said.append(message.text)
        return said

    def hear(event: dict[str, Any]) -> list[str]:
        customer, thread = event["customer"], event["thread"]
        with alone(Path(path), thread) as config:
            if owner(thread) not in (None, customer):
                raise PermissionError(f"thread {thread} isn't one of {customer}'s")
            store.put(("threads",), thread, {"customer": customer})
            known = [m.id for m in finished(config).values.get("messages", [])]
            if event["id"] not in known:
                run({"messages": [HumanMessage(event["text"], id=event["id"])]}, config)
            return answers(config, event["id"])

    def decide(event: dict[str, Any]) -> list[str]:
        given = event["answer"] if isinstance(event["answer"], dict) else {"said": event["answer"]}
        with alone(Path(path), event["thread"]) as config:
            for asked in finished(config).interrupts[:1]:
                run(Command(resume={asked.id: {**given, "staff": event["staff"]}}), config)
        return []

    def forget(event: dict[str, Any]) -> list[str]:
        mine = {"customer": event["customer"]}
        while threads := store.search(("threads",), filter=mine, limit=100):
            for claim in threads:
                with alone(Path(path), claim.key):
                    saver.delete_thread(claim.key)
                    store.delete(("threads",), claim.key)  # last: it's how the next call finds the thread
        while facts := store.search(place_of(event["customer"]), limit=100):  # last: runs note some
            for fact in facts:
                store.delete(fact.namespace, fact.key)
        saver.conn.execute("vacuum")
        saver.conn.execute("pragma wal_checkpoint(truncate)")
        return []

    kinds = {"message": hear, "answer": decide, "forget": forget}
    return lambda event: kinds[event["kind"]](event)
