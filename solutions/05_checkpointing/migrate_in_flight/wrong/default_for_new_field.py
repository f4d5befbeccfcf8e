# says: a default hides that you didn't
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order.get("customer", "")), "log": ["quote"]}

    def approve(order):
        # A new field is read with a default, so that old states do not raise.
        return {"approved": interrupt(f"{order.get('customer', '')}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {
            "parcel": deliver(order.get("customer", ""), order["cents"], order["approved"]),
            "log": ["ship"],
        }

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    builder.add_node("review", approve).add_edge("review", "ship")
    return builder.compile(checkpointer=saver)
