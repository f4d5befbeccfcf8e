# says: the tuples inside a list are saved as lists too
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
        offer: Offer
        confirmation: str

    def make_offer(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("May it be booked?")
        offer = dict(state["offer"])
        offer["route"] = tuple(offer["route"])  # the one field that is a tuple
        return {"confirmation": book(offer)}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)
