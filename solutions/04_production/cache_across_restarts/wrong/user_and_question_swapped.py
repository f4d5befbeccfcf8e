# says: came to the same key
def build_advisor(cache_path, ask):
    class Request(TypedDict, total=False):
        user: str
        question: str
        request_id: str
        answer: str

    def key(state):
        return json.dumps(sorted([state["user"], state["question"]]))

    builder = StateGraph(Request).add_edge(START, "advise")
    builder.add_node(
        "advise", lambda s: {"answer": ask(s["user"], s["question"])}, cache_policy=CachePolicy(key_func=key)
    )
    return builder.compile(cache=SqliteCache(path=cache_path))
