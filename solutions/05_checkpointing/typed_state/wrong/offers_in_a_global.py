# says: whatever its annotation says
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


_OFFERS = {}


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: Offer
        confirmation: str

    def make_offer(state):
        _OFFERS[state["number"]] = quote(state["number"])
        return {"offer": _OFFERS[state["number"]]}

    def confirm(state):
        interrupt("ok?")
        return {"confirmation": book(_OFFERS.get(state["number"], state["offer"]))}

    return (
        StateGraph(Booking)
        .add_sequence([make_offer, confirm])
        .add_edge(START, "make_offer")
        .compile(checkpointer=saver)
    )
