# says: exactly as they're spelled
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def key_of(request):
    return json.dumps([request["user"], request["question"][:2000]])


def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    def advise(request: Request):
        return {"answer": ask(request["user"], request["question"])}

    builder = StateGraph(Request)
    builder.add_node("advise", advise, cache_policy=CachePolicy(key_func=key_of))
    builder.add_edge(START, "advise")
    return builder.compile(cache=SqliteCache(path=cache_path))
