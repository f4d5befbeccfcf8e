# says: let each request begin without one
# the decision is cleared only when it has been carried out
def build_refunds(shop, saver):
    class Request(TypedDict, total=False):
        order: str
        cents: int
        customer: str
        decision: dict[str, Any] | None
        outcome: dict[str, Any] | None

    def check(state: Request) -> dict[str, Any]:
        order, cents = shop.find(state["order"]), state["cents"]
        fits = order and order["customer"] == state["customer"] and 0 < cents <= order["paid"]
        if not fits or shop.refunded(state["order"]):
            return {"decision": {"cents": 0, "by": "policy"}, "outcome": None}
        if cents <= LIMIT:
            return {"decision": {"cents": cents, "by": "policy"}, "outcome": None}
        return {"outcome": None}

    def decided(answer: Any, state: Request) -> dict[str, Any] | None:
        if not isinstance(answer, dict) or answer.get("order") != state["order"]:
            return None
        staff, approve, cents = (
            answer.get("staff"),
            answer.get("approve"),
            answer.get("cents", state["cents"]),
        )
        if not staff or staff == state["customer"] or not isinstance(approve, bool):
            return None
        if type(cents) is not int or not 0 < cents <= state["cents"]:
            return None
        return {"cents": cents if approve else 0, "by": staff}

    def ask(state: Request) -> dict[str, Any]:
        while True:
            decision = decided(interrupt({"order": state["order"], "cents": state["cents"]}), state)
            if decision:
                return {"decision": decision}

    def charge(state: Request) -> dict[str, Any]:
        cents = state["decision"]["cents"]
        if cents:
            shop.refund(f"refund:{state['order']}", state["order"], cents)
        return {"outcome": {"refunded": cents, "by": state["decision"]["by"]}, "decision": None}

    builder = StateGraph(Request).add_node(check).add_node(ask).add_node(charge)
    builder.add_edge(START, "check").add_edge("ask", "charge")
    builder.add_conditional_edges("check", lambda state: "charge" if state.get("decision") else "ask")
    return builder.compile(checkpointer=saver)
