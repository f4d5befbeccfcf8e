class OrderTwo(TypedDict, total=False):
    customer: str
    client: str
    cents: int
    approved: bool
    parcel: str
    log: Annotated[list[str], operator.add]


def upgrade(saver, threads, price, deliver):
    """The nodes are those of version 2; each is wrapped in one that gives an old order its new field first."""

    def adopted(node):
        def run(order):
            if "customer" in order:
                return node(order)
            order = {**order, "customer": order["client"]}
            return {"customer": order["customer"], **node(order)}

        return run

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {
            "approved": interrupt({"ask": order["customer"], "cents": order["cents"]}),
            "log": ["approve"],
        }

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    builder = StateGraph(OrderTwo)
    for name, node in (("quote", quote), ("approve", approve), ("review", approve), ("ship", ship)):
        builder.add_node(name, adopted(node))
    builder.add_edge(START, "quote").add_edge("quote", "approve")
    for name in ("approve", "review"):
        builder.add_conditional_edges(name, lambda order: "ship", ["ship"])
    return builder.compile(checkpointer=saver)
