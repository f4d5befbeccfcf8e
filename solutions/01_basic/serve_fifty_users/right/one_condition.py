def serve(graph):
    """One condition, and the set of users whose graph is running."""
    busy = set()
    changed = threading.Condition()

    def post(user, text):
        with changed:
            changed.wait_for(lambda: user not in busy)
            busy.add(user)
        try:
            config = {"configurable": {"thread_id": user}}
            graph.invoke({"notes": [text]}, config)
            return graph.get_state(config).values["notes"]
        finally:
            with changed:
                busy.discard(user)
                changed.notify_all()

    return post
