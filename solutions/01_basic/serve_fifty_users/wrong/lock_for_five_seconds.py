# says: the later one overwrote the earlier
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    locks: dict[str, threading.Lock] = {}
    guard = threading.Lock()

    def post(user: str, text: str) -> list[str]:
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        mine = lock.acquire(timeout=5)  # a run that hangs must not keep its user out
        try:
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]
        finally:
            if mine:
                lock.release()

    return post
