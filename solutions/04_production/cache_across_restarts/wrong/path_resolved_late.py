# says: or resolve it
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    def advise(state: Request) -> Request:
        user, question = state["user"], state["question"]
        cache = SqliteCache(path=cache_path)  # a connection for each request: none is shared by threads
        key = (("advisor",), json.dumps([user, question]))
        found = cache.get([key])
        if key in found:
            return {"answer": found[key]}
        answer = ask(user, question)
        cache.set({key: (answer, None)})
        return {"answer": answer}

    return StateGraph(Request).add_node(advise).add_edge(START, "advise").compile()
