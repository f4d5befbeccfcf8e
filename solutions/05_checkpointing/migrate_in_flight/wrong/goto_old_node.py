# says: so it went to `review`
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        client: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def customer_of(order):
        return order["customer"] if "customer" in order else order["client"]

    def quote(order):
        return {"cents": price(customer_of(order)), "log": ["quote"]}

    def review(order):
        return Command(goto="approve")  # a redirect: the answer that is on its way finds the new node

    def approve(order):
        answer = interrupt(f"{customer_of(order)}, {order['cents']}?")
        return {"approved": answer, "log": ["approve"]}

    def ship(order):
        parcel = deliver(customer_of(order), order["cents"], order["approved"])
        return {"customer": customer_of(order), "parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    builder.add_node("review", review, destinations=("approve",))
    return builder.compile(checkpointer=saver)
