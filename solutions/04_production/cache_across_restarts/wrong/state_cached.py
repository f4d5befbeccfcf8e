# says: of an earlier request
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    def answer(state):
        return {**state, "answer": ask(state["user"], state["question"])}  # a node returns the new state

    builder = StateGraph(Request).add_edge(START, "answer")
    policy = CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]]))
    builder.add_node("answer", answer, cache_policy=policy)
    return builder.compile(cache=SqliteCache(path=cache_path))
