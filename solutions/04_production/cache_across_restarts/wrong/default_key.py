# says: makes it from the node's whole input
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
        cache_policy=CachePolicy(),  # the default key knows what the node uses
    )
    return builder.compile(cache=SqliteCache(path=cache_path))
