# says: came to the same key
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node(
        "answer",
        lambda state: {"answer": ask(state["user"], state["question"])},
        # Both are in the key, so two users cannot meet in it.
        cache_policy=CachePolicy(key_func=lambda state: f"{state['user']}:{state['question']}"),
    )
    return builder.compile(cache=SqliteCache(path=cache_path))
