# says: '' is a name, too
def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Orders without a customer are of version 1, and have a client."""

    class Order(TypedDict, total=False):
        customer: str
        client: str  # only in threads of version 1
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def name(order):
        return order.get("customer") or order["client"]

    def quote(order):
        return {"customer": name(order), "cents": price(name(order)), "log": ["quote"]}

    def approve(order):
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
