# says: whoever approves needs the name
class Order(TypedDict, total=False):
    client: str
    customer: str
    cents: int
    approved: bool
    parcel: str
    log: Annotated[list[str], operator.add]


def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Return version 2 of the order graph, which also brings every order of version 1 to its end."""

    def who(order: Order) -> str:
        return order["customer"] if "customer" in order else order["client"]

    def quote(order: Order) -> Order:
        return {"customer": who(order), "cents": price(who(order)), "log": ["quote"]}

    def approve(order: Order) -> Order:
        answer = interrupt(f"{order.get('customer', '')}, {order['cents']}?")
        return {"customer": who(order), "approved": answer, "log": ["approve"]}

    def ship(order: Order) -> Order:
        parcel = deliver(who(order), order["cents"], order["approved"])
        return {"customer": who(order), "parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship])
    builder.add_edge(START, "quote")
    builder.add_node("review", approve)
    builder.add_edge("review", "ship")
    return builder.compile(checkpointer=saver)
