# says: a tuple is saved as a list, whatever its annotation says
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


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: Offer  # all types are named, tuples too, so all come back
        confirmation: str

    def make_offer(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("May it be booked?")
        return {"confirmation": book(state["offer"])}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)
