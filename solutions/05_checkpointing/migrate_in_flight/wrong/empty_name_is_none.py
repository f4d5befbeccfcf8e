# says: a default hides
def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Return version 2 of the order graph, which also brings every order of version 1 to its end."""

    class Order(TypedDict, total=False):
        customer: str
        client: str  # only read, where version 1 wrote it; it can go with the last old thread
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def customer_of(order: Order) -> str:
        return order.get("customer") or order.get("client") or "unknown"

    def quote(order: Order) -> Order:
        return {"cents": price(customer_of(order)), "log": ["quote"]}

    def approve(order: Order) -> Order:
        answer = interrupt(f"{customer_of(order)}, {order['cents']}?")
        return {"approved": answer, "log": ["approve"]}

    def ship(order: Order) -> Order:
        customer = customer_of(order)
        parcel = deliver(customer, order["cents"], order["approved"])
        return {"customer": customer, "parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    # Old checkpoints, and writes that wait beside them, name the node that is due: it stays, under no new edge.
    builder.add_node("review", approve).add_edge("review", "ship")
    return builder.compile(checkpointer=saver)
