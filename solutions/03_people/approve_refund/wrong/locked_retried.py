# says: so don't retry it
from langgraph.types import RetryPolicy


def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        approved: bool
        receipt: str | None

    def announce(state: Refund) -> Refund:
        ask(state["order"], state["cents"])
        return {}

    def decide(state: Refund) -> Refund:
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]})}

    def settle(state: Refund) -> Refund:
        return {"receipt": pay(state["order"], state["cents"]) if state["approved"] is True else None}

    # Refunds share one database: "database is locked" passes, everything else goes out.
    locked = RetryPolicy(
        max_attempts=3, initial_interval=0.05, jitter=False, retry_on=sqlite3.OperationalError
    )
    builder = StateGraph(Refund).set_node_defaults(retry_policy=locked)
    builder.add_sequence([announce, decide, settle])
    builder.add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
