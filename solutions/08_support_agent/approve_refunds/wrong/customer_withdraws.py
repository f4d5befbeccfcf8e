# says: was taken for a decision
class Refund(TypedDict, total=False):
    order: str
    cents: int
    customer: str
    granted: int
    by: str
    outcome: dict[str, Any]


def build_refunds(shop: Any, saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph that refunds an order once, when the policy or a member of staff has decided so."""

    def check(state):
        found = shop.find(state["order"])
        cents = state["cents"]
        if found is None or found["customer"] != state["customer"] or shop.refunded(state["order"]):
            return Command(goto="pay", update={"granted": 0, "by": "policy"})
        if type(cents) is not int or not 1 <= cents <= found["paid"]:
            return Command(goto="pay", update={"granted": 0, "by": "policy"})
        if cents <= LIMIT:
            return Command(goto="pay", update={"granted": cents, "by": "policy"})
        return Command(goto="ask")

    def ask(state):
        while True:
            answer = interrupt({"order": state["order"], "cents": state["cents"]})
            match answer:
                case {"staff": str(staff), "order": order, "approve": bool(approve)} if staff:
                    cents = answer.get("cents", state["cents"])
                    if order != state["order"] or type(cents) is not int or not 1 <= cents <= state["cents"]:
                        continue
                    if not approve:
                        return Command(goto="pay", update={"granted": 0, "by": staff})
                    if staff != state["customer"]:  # nobody approves her own refund
                        return Command(goto="pay", update={"granted": cents, "by": staff})

    def pay(state):
        if state["granted"]:
            shop.refund(f"refund:{state['order']}", state["order"], state["granted"])
        return {"outcome": {"refunded": state["granted"], "by": state["by"]}}

    builder = StateGraph(Refund).add_node(check).add_node(ask).add_node(pay)
    builder.add_edge(START, "check").add_edge("pay", END)
    return builder.compile(checkpointer=saver)
