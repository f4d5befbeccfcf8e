# says: an error decides nothing
class Refund(TypedDict, total=False):
    order: str
    cents: int
    customer: str
    granted: int
    by: str
    outcome: dict[str, Any]


def build_refunds(shop: Any, saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph that refunds an order once, when the policy or a member of staff has decided so."""

    def allowed(state):
        try:
            found = shop.find(state["order"])
            return (
                found["customer"] == state["customer"]
                and type(state["cents"]) is int
                and 1 <= state["cents"] <= found["paid"]
                and not shop.refunded(state["order"])
            )
        except Exception:  # no such order, or no such data: never pay on a guess
            return False

    def check(state):
        if not allowed(state):
            return Command(goto=END, update={"outcome": {"refunded": 0, "by": "policy"}})
        if state["cents"] <= LIMIT:
            return Command(goto="pay", update={"granted": state["cents"], "by": "policy"})
        return Command(goto="ask")

    def decided(answer, state):
        if not isinstance(answer, dict) or not answer.get("staff") or answer["staff"] == state["customer"]:
            return False
        if answer.get("order") != state["order"] or not isinstance(answer.get("approve"), bool):
            return False
        cents = answer.get("cents", state["cents"])
        return type(cents) is int and 1 <= cents <= state["cents"]

    def ask(state):
        answer = None
        while not decided(answer, state):
            answer = interrupt({"order": state["order"], "cents": state["cents"]})
        if answer["approve"]:
            cents = answer.get("cents", state["cents"])
            return Command(goto="pay", update={"granted": cents, "by": answer["staff"]})
        return Command(goto=END, update={"outcome": {"refunded": 0, "by": answer["staff"]}})

    def pay(state):
        shop.refund(f"refund:{state['order']}", state["order"], state["granted"])
        return {"outcome": {"refunded": state["granted"], "by": state["by"]}}

    builder = StateGraph(Refund).add_node(check).add_node(ask).add_node(pay)
    builder.add_edge(START, "check").add_edge("pay", END)
    return builder.compile(checkpointer=saver)
