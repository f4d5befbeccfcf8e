# says: a node's or task's function: use your own
def build_advisor(cache_path, ask):
    """The functional API: a task that is cached."""
    paid = task(
        ask, name="ask", cache_policy=CachePolicy(key_func=lambda user, question: repr((user, question)))
    )

    @entrypoint(cache=SqliteCache(path=cache_path))
    def advise(request: dict) -> dict:
        return {**request, "answer": paid(request["user"], request["question"]).result()}

    return advise
