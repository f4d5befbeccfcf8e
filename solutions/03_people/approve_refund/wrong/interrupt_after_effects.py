# says: a node runs again from its first line
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def refund(state):
        ask(state["order"], state["cents"])
        # It waits here, and goes on here.
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": pay(state["order"], state["cents"]) if approved else None}

    return StateGraph(Refund).add_node(refund).add_edge(START, "refund").compile(checkpointer=saver)
