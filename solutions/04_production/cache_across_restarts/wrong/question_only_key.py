# says: was shown to
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
        cache_policy=CachePolicy(
            key_func=lambda state: state["question"]
        ),  # the same question, the same answer
    )
    return builder.compile(cache=SqliteCache(path=cache_path))
