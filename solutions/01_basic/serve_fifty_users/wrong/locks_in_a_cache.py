# says: a cache that was full
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    from functools import lru_cache

    guard = threading.Lock()

    @lru_cache(maxsize=32)
    def lock_of(user):
        return threading.Lock()

    def post(user, text):
        with guard:
            lock = lock_of(user)
        with lock:
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]

    return post
