# says: `compile(cache=…)` says where
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
        cache_policy=CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]])),
    )
    return builder.compile()  # the node has its policy
