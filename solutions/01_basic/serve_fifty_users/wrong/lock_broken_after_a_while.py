# says: the later one overwrote the earlier
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    busy: set[str] = set()
    changed = threading.Condition()

    def post(user: str, text: str) -> list[str]:
        with changed:
            changed.wait_for(lambda: user not in busy, timeout=0.5)
            busy.add(user)
        try:
            state = graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})
        finally:
            with changed:
                busy.discard(user)
                changed.notify_all()
        return state["notes"]

    return post
