# says: another customer wrote first
def open_door(path: str, model: Any, shop: Any) -> Callable[[dict[str, Any]], list[str]]:
    """Open the desk over a file, and return the function that serves an event."""
    place = Path(path)
    with alone(place, "setup of the tables"):
        saver, store = SqliteSaver(connect(path)), SqliteStore(connect(path))
        saver.setup()
        store.setup()
    graph = desk(model, shop).compile(checkpointer=saver, store=store)

    def owner(thread):
        item = store.get(("threads",), thread)
        return item.value["customer"] if item else None

    def invoke(given, config, customer):
        for _ in range(30):
            try:
                return graph.invoke(given, config, context=Context(customer=customer), durability="sync")
            except ConnectionError:
                given = None
                time.sleep(0.05)
        return graph.invoke(given, config, context=Context(customer=customer), durability="sync")

    def finish(config, customer):
        state = graph.get_state(config)
        if state.tasks and not state.interrupts:
            invoke(None, config, customer)

    def said(config, id):
        messages = graph.get_state(config).values.get("messages", [])
        texts = []
        for number, message in enumerate(messages):
            if message.type == "human" and message.id == id:
                for later in messages[number + 1 :]:
                    if later.type == "human":
                        break
                    if later.type == "ai" and later.text:
                        texts.append(later.text)
        return texts

    def serve(event):
        if event["kind"] == "message":
            customer, thread, id = event["customer"], event["thread"], event["id"]
            before = owner(thread)
            with alone(place, thread) as config:
                if before and not owner(thread):
                    return []  # forgotten meanwhile
                if owner(thread) not in (None, customer):
                    raise PermissionError(thread)
                finish(config, customer)
                messages = graph.get_state(config).values.get("messages", [])
                if id not in {m.id for m in messages}:
                    invoke({"messages": [HumanMessage(event["text"], id=id)]}, config, customer)
                store.put(("threads",), thread, {"customer": customer})
                return said(config, id)
        if event["kind"] == "answer":
            thread, answer = event["thread"], event["answer"]
            with alone(place, thread) as config:
                customer = owner(thread)
                if customer is None:
                    return []
                finish(config, customer)
                answer = dict(answer) if isinstance(answer, dict) else {"said": answer}
                answer["staff"] = event["staff"]
                for waiting in graph.get_state(config).interrupts[:1]:
                    invoke(Command(resume={waiting.id: answer}), config, customer)
            return []
        customer = event["customer"]
        while threads := store.search(("threads",), filter={"customer": customer}, limit=100):
            for item in threads:
                with alone(place, item.key):
                    if owner(item.key) == customer:
                        saver.delete_thread(item.key)
                        store.delete(("threads",), item.key)
        while facts := store.search(place_of(customer), limit=100):
            for fact in facts:
                store.delete(fact.namespace, fact.key)
        with_log = connect(path)
        for _ in range(100):
            try:
                with_log.execute("vacuum")
                if with_log.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
                    time.sleep(0.1)
                    continue
                break
            except sqlite3.OperationalError:
                time.sleep(0.1)
        with_log.close()
        return []

    return serve
