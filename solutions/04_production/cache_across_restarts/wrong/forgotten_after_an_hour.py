# says: so look for a `ttl`
class State(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def key(state) -> str:
    return json.dumps([state["user"], state["question"]])


def build_advisor(cache_path, ask):
    def advise(state):
        return {"answer": ask(state["user"], state["question"])}

    builder = StateGraph(State)
    builder.add_node("advise", advise, cache_policy=CachePolicy(key_func=key, ttl=3600))
    return builder.set_entry_point("advise").compile(cache=SqliteCache(path=cache_path))
