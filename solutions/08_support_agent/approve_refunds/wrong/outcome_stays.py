# says: its decision or its outcome
class Refund(TypedDict, total=False):
    order: str
    cents: int
    customer: str
    decision: dict
    outcome: dict | None


def whole(cents, most):
    return isinstance(cents, int) and not isinstance(cents, bool) and 1 <= cents <= most


def build_refunds(shop: Any, saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph that refunds an order once, when the policy or a member of staff has decided so."""

    def check(state):
        found = shop.find(state["order"])
        if (
            found is None
            or found["customer"] != state["customer"]
            or shop.refunded(state["order"])
            or not whole(state["cents"], found["paid"])
        ):
            return {"outcome": {"refunded": 0, "by": "policy"}}
        return {}

    def route(state):
        if state.get("outcome"):
            return END
        return "charge" if state["cents"] <= LIMIT else "ask"

    def decided(answer, state):
        if not isinstance(answer, dict) or answer.get("order") != state["order"]:
            return False
        staff = answer.get("staff")
        if not staff or not isinstance(staff, str) or staff == state["customer"]:
            return False
        if not isinstance(answer.get("approve"), bool):
            return False
        return "cents" not in answer or whole(answer["cents"], state["cents"])

    def ask(state):
        while True:
            answer = interrupt({"order": state["order"], "cents": state["cents"]})
            if decided(answer, state):
                cents = answer.get("cents", state["cents"])
                return {"decision": {"refunded": cents if answer["approve"] else 0, "by": answer["staff"]}}

    def charge(state):
        if state["cents"] <= LIMIT:
            decision = {"refunded": state["cents"], "by": "policy"}
        else:
            decision = state["decision"]
        if decision["refunded"]:
            shop.refund(f"refund:{state['order']}", state["order"], decision["refunded"])
        return {"outcome": decision}

    builder = StateGraph(Refund).add_node(check).add_node(ask).add_node(charge)
    builder.add_edge(START, "check").add_edge("ask", "charge").add_edge("charge", END)
    builder.add_conditional_edges("check", route, ["ask", "charge", END])
    return builder.compile(checkpointer=saver)
