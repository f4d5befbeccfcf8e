def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    """Return a graph that answers, and asks once for each user and question."""

    ### BEGIN SOLUTION
    class Request(TypedDict, total=False):
        user: str
        question: str
        request_id: str
        answer: str

    def answer(state: Request) -> Request:
        return {"answer": ask(state["user"], state["question"])}

    def key(state: Request) -> str:
        return json.dumps([state["user"], state["question"]])

    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node("answer", answer, cache_policy=CachePolicy(key_func=key))
    return builder.compile(cache=SqliteCache(path=cache_path))
    ### END SOLUTION
