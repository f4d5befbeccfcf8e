# says: raised `SystemExit`
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    locks: dict[str, threading.Lock] = {}
    guard = threading.Lock()

    def post(user: str, text: str) -> list[str]:
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        lock.acquire()
        try:
            notes = graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]
        except Exception:  # whatever it raises
            lock.release()
            raise
        lock.release()
        return notes

    return post
