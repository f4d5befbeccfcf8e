# says: a failure was kept
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    def answer(state):
        try:
            return {"answer": ask(state["user"], state["question"])}
        except Exception:
            return {"answer": "Sorry, try again later."}  # be kind; the next request will ask again

    builder = StateGraph(Request).add_edge(START, "answer")
    policy = CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]]))
    builder.add_node("answer", answer, cache_policy=policy)
    return builder.compile(cache=SqliteCache(path=cache_path))
