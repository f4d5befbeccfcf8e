# says: exactly as they're spelled
class State(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    def advise(state):
        return {"answer": ask(state["user"], state["question"])}

    def key(state):
        return json.dumps([state["user"].strip(), state["question"].strip()])

    builder = StateGraph(State).add_node("advise", advise, cache_policy=CachePolicy(key_func=key))
    return builder.set_entry_point("advise").compile(cache=SqliteCache(path=cache_path))
