# says: isn't this one's
class Order(TypedDict, total=False):
    customer: str
    cents: int
    approved: bool
    parcel: str
    log: Annotated[list[str], operator.add]


class Stored(Order, total=False):
    client: str  # only orders of version 1 have it


def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Return version 2 of the order graph, which also brings every order of version 1 to its end."""

    def name_of(order: Stored) -> str:
        return order.get("customer") or order.get("client", "")

    def quote(order: Stored) -> dict[str, Any]:
        customer = name_of(order)
        return {"customer": customer, "cents": price(customer), "log": ["quote"]}

    def approve(order: Stored) -> dict[str, Any]:
        customer = name_of(order)
        answer = interrupt(f"{customer}, {order['cents']}?")
        return {"customer": customer, "approved": answer, "log": ["approve"]}

    def ship(order: Stored) -> dict[str, Any]:
        customer = name_of(order)
        parcel = deliver(customer, order["cents"], order["approved"])
        return {"customer": customer, "parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Stored, output_schema=Order)
    builder.add_sequence([("quote", quote), ("approve", approve), ("ship", ship)])
    builder.add_edge(START, "quote")
    # Orders of version 1 wait here, and what they wait for has this name in it.
    builder.add_node("review", approve)
    builder.add_edge("review", "ship")
    return builder.compile(checkpointer=saver)
