# says: doesn't know what the old one kept in memory
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


ASKED = set()  # it does run twice, so remember what was done


def build_refunds(saver, ask, pay):
    def refund(state):
        if state["order"] not in ASKED:
            ASKED.add(state["order"])
            ask(state["order"], state["cents"])
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": pay(state["order"], state["cents"]) if approved else None}

    return StateGraph(Refund).add_node(refund).add_edge(START, "refund").compile(checkpointer=saver)
