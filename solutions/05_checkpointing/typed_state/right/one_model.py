class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


class SavedOffer(BaseModel):
    """One model for all: it turns lists into tuples whenever it is built."""

    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


class Waiting(TypedDict, total=False):
    number: str
    offer: SavedOffer
    confirmation: str


def build_booking(saver, quote, book):
    def ask(state):
        return {"offer": SavedOffer(**quote(state["number"]))}

    def confirm(state):
        return {"confirmation": book(dict(state["offer"]))}

    builder = StateGraph(Waiting).add_node(ask).add_node(confirm)
    builder.add_edge(START, "ask").add_edge("ask", "confirm").add_edge("confirm", END)
    return builder.compile(checkpointer=saver, interrupt_before=["confirm"])
