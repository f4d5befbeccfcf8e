# says: the two came to the same key
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    """Return a graph that answers, and asks once for each user and question."""

    def key(request: Request) -> str:
        return json.dumps(f"{len(request['user'])}{request['user']}{request['question']}")

    def advise(request: Request) -> Request:
        return {"answer": ask(request["user"], request["question"])}

    builder = StateGraph(Request)
    builder.add_node("advise", advise, cache_policy=CachePolicy(key_func=key))
    builder.add_edge(START, "advise").add_edge("advise", END)
    return builder.compile(cache=SqliteCache(path=cache_path))
