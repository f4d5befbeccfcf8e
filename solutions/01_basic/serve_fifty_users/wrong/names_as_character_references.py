# says: whole name, as it is
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    locks: dict[str, threading.Lock] = {}
    guard = threading.Lock()

    def post(user: str, text: str) -> list[str]:
        # Plain ASCII in the database.
        thread_id = "user/" + user.encode("ascii", "xmlcharrefreplace").decode()
        config = {"configurable": {"thread_id": thread_id}}
        with guard:
            lock = locks.setdefault(thread_id, threading.Lock())
        with lock:
            graph.invoke({"notes": [text]}, config)
            return graph.get_state(config).values["notes"]

    return post
