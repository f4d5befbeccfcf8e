# says: `pay` was called
from functools import cache


def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        receipt: str | None

    @cache
    def pay_once(order: str, cents: int) -> str:
        return pay(order, cents)

    def announce(state: Refund) -> None:
        # A node of its own: once it is saved, no resume comes back to it.
        ask(state["order"], state["cents"])

    def settle(state: Refund) -> Refund:
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": pay_once(state["order"], state["cents"]) if approved else None}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
