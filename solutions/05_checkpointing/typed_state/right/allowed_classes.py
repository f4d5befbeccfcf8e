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
    """The saver is told by hand which classes it may build."""

    class Booking(TypedDict, total=False):
        number: str
        offer: Any
        confirmation: str

    def ask(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("ok?")
        offer = state["offer"]
        legs = [tuple(leg) for leg in offer["legs"]]
        return {"confirmation": book({**offer, "route": tuple(offer["route"]), "legs": legs})}

    known = [(one.__module__, one.__name__) for one in (Tariff, Shipper)]
    builder = StateGraph(Booking).add_sequence([ask, confirm]).add_edge(START, "ask")
    return builder.compile(checkpointer=saver.with_allowlist(known))
