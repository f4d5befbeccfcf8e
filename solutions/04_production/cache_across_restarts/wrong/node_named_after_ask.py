# says: a node's or task's function: use your own
import functools


def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    """Return a graph that answers, and asks once for each user and question."""

    class Advice(TypedDict, total=False):
        user: str
        question: str
        request_id: str
        answer: str

    @functools.wraps(ask)
    def advise(state: Advice) -> dict[str, str]:
        return {"answer": ask(state["user"], state["question"])}

    policy = CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]]))
    builder = StateGraph(Advice)
    builder.add_node("advise", advise, cache_policy=policy)
    builder.add_edge(START, "advise")
    builder.add_edge("advise", END)
    return builder.compile(cache=SqliteCache(path=cache_path))
