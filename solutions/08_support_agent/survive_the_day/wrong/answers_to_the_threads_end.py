# says: and isn't its answer
def open_door(path: str, model: Any, shop: Any) -> Callable[[dict[str, Any]], list[str]]:
    """Open the desk over a file, and return the function that serves an event."""

    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    saver, store = SqliteSaver(connect(file)), SqliteStore(connect(file))
    saver.setup()
    store.setup()
    graph = desk(model, shop).compile(checkpointer=saver, store=store)
    register = ("desk", "owners")

    def owner_of(thread: str) -> str | None:
        item = store.get(register, thread)
        return item.value["customer"] if item else None

    def patiently(input: Any, config: Any, owner: str) -> None:
        """Run to the end or to a question, whatever is busy."""
        for left in reversed(range(40)):
            try:
                graph.invoke(input, config, context=Context(customer=owner), durability="sync")
                return
            except ConnectionError:
                if not left:
                    raise
                time.sleep(0.01)
                if unfinished(config):
                    input = None

    def unfinished(config: Any) -> bool:
        snapshot = graph.get_state(config)
        return bool(snapshot.tasks)

    def finish(config: Any, owner: str) -> None:
        """Finish what a killed process has left, a saved answer included."""
        if unfinished(config):
            patiently(None, config, owner)

    def messages_of(config: Any) -> list[AnyMessage]:
        return graph.get_state(config).values.get("messages", [])

    def answers(messages: list[AnyMessage], id: str) -> list[str] | None:
        """Return the desk's texts behind a message, up to the next one. `None`: the message isn't known."""
        said: list[str] | None = None
        for message in messages:
            if isinstance(message, HumanMessage):
                if message.id == id:
                    said = []
            elif said is not None and isinstance(message, AIMessage) and message.text:
                said.append(str(message.text))
        return said

    def serve_message(event: dict[str, Any]) -> list[str]:
        customer, thread = event["customer"], event["thread"]
        place_of(customer)  # refuses a missing customer
        if owner_of(thread) not in (None, customer):
            raise PermissionError(f"{customer} doesn't own the thread")
        with alone(file, thread) as config:
            owner = owner_of(thread)
            if owner is None:
                store.put(register, thread, {"customer": customer})
            elif owner != customer:
                raise PermissionError(f"{customer} doesn't own the thread")
            finish(config, customer)
            known = answers(messages_of(config), event["id"])
            if known is None:
                message = HumanMessage(event["text"], id=event["id"])
                patiently({"messages": [message]}, config, customer)
                known = answers(messages_of(config), event["id"])
            return known or []

    def serve_answer(event: dict[str, Any]) -> list[str]:
        thread, answer = event["thread"], event["answer"]
        if owner_of(thread) is None:
            return []
        with alone(file, thread) as config:
            owner = owner_of(thread)
            if owner is None:
                return []
            finish(config, owner)
            waiting = graph.get_state(config).interrupts
            if not waiting:
                return []
            before = {message.id for message in messages_of(config)}
            signed = (
                {**answer, "staff": event["staff"]}
                if isinstance(answer, dict)
                else {"staff": event["staff"], "said": answer}
            )
            patiently(Command(resume={waiting[0].id: signed}), config, owner)
            new = [message for message in messages_of(config) if message.id not in before]
            return [str(message.text) for message in new if isinstance(message, AIMessage) and message.text]

    def threads_of(customer: str) -> list[str]:
        found = store.search(register, filter={"customer": customer}, limit=1_000_000)
        return [item.key for item in found if item.value["customer"] == customer]

    def serve_forget(event: dict[str, Any]) -> list[str]:
        customer = event["customer"]
        mine = place_of(customer)[:-1]
        for thread in threads_of(customer):
            with alone(file, thread):
                if owner_of(thread) == customer:
                    saver.delete_thread(thread)
                    store.delete(register, thread)
        for item in store.search(mine, limit=1_000_000):
            store.delete(item.namespace, item.key)
        scrub()
        return []

    def scrub() -> None:
        """Leave no deleted byte in the file or its log."""
        for left in reversed(range(200)):
            db = connect(file)
            try:
                db.isolation_level = None
                db.execute("vacuum")
                busy = db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
                if not busy:
                    return
            except sqlite3.OperationalError:
                if not left:
                    raise
            finally:
                db.close()
            time.sleep(0.02)
        raise TimeoutError("others keep reading the file, and old bytes may be left")

    kinds = {"message": serve_message, "answer": serve_answer, "forget": serve_forget}
    return lambda event: kinds[event["kind"]](event)
