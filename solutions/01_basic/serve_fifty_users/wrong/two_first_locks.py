# says: each made a lock of its own
import functools


def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""

    @functools.lru_cache
    def lock_of(user):
        return threading.Lock()

    def post(user: str, text: str) -> list[str]:
        config = {"configurable": {"thread_id": user}}
        with lock_of(user):
            return graph.invoke({"notes": [text]}, config)["notes"]

    return post
