# says: in a thread where staff lowered the one before
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
        if (
            found is None
            or found["customer"] != state["customer"]
            or type(state["cents"]) is not int
            or not 1 <= state["cents"] <= found["paid"]
            or shop.refunded(state["order"])
        ):
            return Command(goto=END, update={"outcome": {"refunded": 0, "by": "policy"}})
        if state["cents"] <= LIMIT:
            return Command(goto="pay", update={"by": "policy"})
        return Command(goto="ask")

    def ask(state):
        while True:
            answer = interrupt({"order": state["order"], "cents": state["cents"]})
            if (
                isinstance(answer, dict)
                and answer.get("staff")
                and answer["staff"] != state["customer"]
                and answer.get("order") == state["order"]
                and isinstance(answer.get("approve"), bool)
            ):
                cents = answer.get("cents", state["cents"])
                if type(cents) is int and 1 <= cents <= state["cents"]:
                    break
        if answer["approve"]:
            return Command(goto="pay", update={"by": answer["staff"], "granted": cents})
        return Command(goto=END, update={"outcome": {"refunded": 0, "by": answer["staff"]}})

    def pay(state):
        cents = state.get("granted", state["cents"])  # staff may have lowered it
        shop.refund(f"refund:{state['order']}", state["order"], cents)
        return {"outcome": {"refunded": cents, "by": state["by"]}}

    builder = StateGraph(Refund).add_node(check).add_node(ask).add_node(pay)
    builder.add_edge(START, "check").add_edge("pay", END)
    return builder.compile(checkpointer=saver)
