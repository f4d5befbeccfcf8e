# says: let it out
def build_refunds(shop: Any, saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph that refunds an order once, when the policy or a member of staff has decided so."""

    class Case(TypedDict, total=False):
        order: str
        cents: int
        customer: str
        granted: int
        by: str
        outcome: dict[str, Any] | None

    def check(state: Case) -> Command:
        try:
            found = shop.find(state["order"])
            allowed = (
                found["customer"] == state["customer"]
                and 1 <= state["cents"] <= found["paid"]
                and not shop.refunded(state["order"])
            )
        except (KeyError, TypeError):  # there is no such order
            allowed = False
        if not allowed:
            return Command(update={"outcome": {"refunded": 0, "by": "policy"}}, goto=END)
        if state["cents"] > LIMIT:
            return Command(update={"outcome": None}, goto="decide")
        return Command(update={"granted": state["cents"], "by": "policy"}, goto="settle")

    def decide(state: Case) -> Command:
        asked = state["cents"]
        answer = interrupt({"order": state["order"], "cents": asked})
        if not isinstance(answer, dict):
            return Command(goto="decide")
        staff, approve, cents = answer.get("staff"), answer.get("approve"), answer.get("cents", asked)
        valid = (
            isinstance(staff, str)
            and staff not in ("", state["customer"])
            and answer.get("order") == state["order"]
            and isinstance(approve, bool)
            and type(cents) is int
            and 1 <= cents <= asked
        )
        if not valid:
            return Command(goto="decide")
        if not approve:
            return Command(update={"outcome": {"refunded": 0, "by": staff}}, goto=END)
        return Command(update={"granted": cents, "by": staff}, goto="settle")

    def settle(state: Case) -> dict[str, Any]:
        shop.refund(f"refund:{state['order']}", state["order"], state["granted"])
        return {"outcome": {"refunded": state["granted"], "by": state["by"]}}

    builder = StateGraph(Case).add_edge(START, "check")
    builder.add_node("check", check, destinations=("decide", "settle", END))
    builder.add_node("decide", decide, destinations=("decide", "settle", END))
    builder.add_node("settle", settle)
    return builder.compile(checkpointer=saver)
