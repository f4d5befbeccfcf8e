import hashlib


class Advisor:
    """Looks answers up by itself, in LangGraph's cache file."""

    def __init__(self, cache, ask):
        self.cache, self.ask = cache, ask

    def __call__(self, state):
        user, question = state["user"], state["question"]
        full_key = (("advisor",), self.digest(user, question))
        found = self.cache.get([full_key])
        if full_key in found:
            return {"answer": found[full_key]}
        answer = self.ask(user, question)
        self.cache.set({full_key: (answer, None)})
        return {"answer": answer}

    @staticmethod
    def digest(user, question):
        text = f"{len(user)}:{user}{question}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    state = TypedDict("state", {"user": str, "question": str, "request_id": str, "answer": str})
    builder = StateGraph(state).add_node("advisor", Advisor(SqliteCache(path=cache_path), ask))
    return builder.add_edge(START, "advisor").add_edge("advisor", END).compile()
