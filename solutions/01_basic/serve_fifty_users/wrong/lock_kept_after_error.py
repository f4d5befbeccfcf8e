# says: release it in any case
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    guard, locks = threading.Lock(), {}

    def post(user, text):
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        lock.acquire()
        notes = graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]
        lock.release()
        return notes

    return post
