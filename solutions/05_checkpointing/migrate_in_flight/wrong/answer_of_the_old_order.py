# says: and not the values
def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Whatever has an answer was approved before, and isn't asked about again."""

    class Order(TypedDict, total=False):
        customer: str
        client: str  # only in threads of version 1
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def name(order):
        return order["customer"] if "customer" in order else order["client"]

    def quote(order):
        return {"customer": name(order), "cents": price(name(order)), "log": ["quote"]}

    def approve(order):
        if "approved" in order:  # version 1 has asked already
            return {"customer": name(order)}
        answer = interrupt(f"{name(order)}, {order['cents']}?")
        return {"customer": name(order), "approved": answer, "log": ["approve"]}

    def ship(order):
        parcel = deliver(name(order), order["cents"], order["approved"])
        return {"customer": name(order), "parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship])
    builder.add_edge(START, "quote")
    # orders of version 1 wait under the old name
    builder.add_node("review", approve)
    builder.add_edge("review", "ship")
    return builder.compile(checkpointer=saver)
