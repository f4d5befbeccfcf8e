# says: a thread is one refund
from langgraph.cache.memory import InMemoryCache
from langgraph.types import CachePolicy


def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        approved: bool
        receipt: str | None

    def announce(state: Refund) -> None:
        # A node of its own: once it is saved, no resume comes back to it.
        ask(state["order"], state["cents"])

    def wait(state: Refund) -> Refund:
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]})}

    def settle(state: Refund) -> Refund:
        return {"receipt": pay(state["order"], state["cents"]) if state["approved"] else None}

    # What has been done once needn't be done again.
    builder = StateGraph(Refund).add_node(announce, cache_policy=CachePolicy()).add_node(wait)
    builder.add_node(settle, cache_policy=CachePolicy())
    builder.add_edge(START, "announce").add_edge("announce", "wait").add_edge("wait", "settle")
    return builder.compile(checkpointer=saver, cache=InMemoryCache())
