# says: before anybody had decided
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def announce(state):
        ask(state["order"], state["cents"])

    def settle(state):
        # Get the receipt ready, so that it can be sent as soon as there is a yes.
        receipt = pay(state["order"], state["cents"])
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": receipt if approved else None}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
