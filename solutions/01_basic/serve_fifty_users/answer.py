def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    ### BEGIN SOLUTION
    locks: dict[str, threading.Lock] = {}
    guard = threading.Lock()  # two first posts of a user must get the same lock

    def post(user: str, text: str) -> list[str]:
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        with lock:
            state = graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})
        return state["notes"]

    return post
    ### END SOLUTION
