class Asked(TypedDict):
    user: str
    question: str


class Request(Asked, total=False):
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    """The default key, of a node that is shown nothing but what decides the answer."""

    def answer(state: Asked):
        return {"answer": ask(state["user"], state["question"])}

    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node("answer", answer, input_schema=Asked, cache_policy=CachePolicy())
    return builder.compile(cache=SqliteCache(path=cache_path))
