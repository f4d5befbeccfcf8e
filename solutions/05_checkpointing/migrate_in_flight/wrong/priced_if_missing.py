# says: once more
class Order(TypedDict, total=False):
    client: str  # version 1, as long as there are orders of it
    customer: str
    cents: int
    approved: bool
    parcel: str
    log: Annotated[list[str], operator.add]


class Desk:
    """The nodes of version 2. They read both names, and write the new one."""

    def __init__(self, price: Callable[[str], int], deliver: Callable[[str, int, bool], str]) -> None:
        self.price, self.deliver = price, deliver

    @staticmethod
    def who(order: Order) -> str:
        return order["customer"] if "customer" in order else order["client"]

    def done(self, order: Order, name: str, **update: Any) -> Order:
        return {"customer": self.who(order), "log": [name], **update}

    def quote(self, order: Order) -> Order:
        return self.done(order, "quote", cents=self.price(self.who(order)))

    def approve(self, order: Order) -> Command:
        cents = order.get("cents") or self.price(self.who(order))
        answer = interrupt(f"{self.who(order)}, {cents}?")
        return Command(update=self.done(order, "approve", approved=answer, cents=cents), goto="ship")

    def ship(self, order: Order) -> Order:
        parcel = self.deliver(self.who(order), order["cents"], order["approved"])
        return self.done(order, "ship", parcel=parcel)


def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Return version 2 of the order graph, which also brings every order of version 1 to its end."""
    desk = Desk(price, deliver)
    builder = StateGraph(Order)
    builder.add_node("quote", desk.quote)
    builder.add_node("approve", desk.approve)
    builder.add_node("review", desk.approve)  # its name in the database
    builder.add_node("ship", desk.ship)
    builder.add_edge(START, "quote").add_edge("quote", "approve")
    return builder.compile(checkpointer=saver)
