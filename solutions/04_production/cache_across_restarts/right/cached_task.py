def build_advisor(cache_path, ask):
    """The functional API: a task that is cached."""

    @task(cache_policy=CachePolicy(key_func=lambda user, question: repr((user, question))))
    def paid(user, question):
        return ask(user, question)

    @entrypoint(cache=SqliteCache(path=cache_path))
    def advise(request: dict) -> dict:
        return {**request, "answer": paid(request["user"], request["question"]).result()}

    return advise
