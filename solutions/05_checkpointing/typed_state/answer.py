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


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """Return a graph that quotes an offer, waits, and books the same offer, types and all."""

    ### BEGIN SOLUTION
    class Booking(TypedDict, total=False):
        number: str
        offer: Offer  # `compile` reads this: strict mode lets these classes in, and no others
        confirmation: str

    def make_offer(state: Booking) -> Booking:
        return {"offer": quote(state["number"])}

    def confirm(state: Booking) -> Booking:
        interrupt("May it be booked?")
        saved = state["offer"]
        # msgpack has one kind of sequence: what was a tuple has come back as a list.
        legs = [(leg[0], leg[1]) for leg in saved["legs"]]
        return {"confirmation": book({**saved, "route": tuple(saved["route"]), "legs": legs})}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)
    ### END SOLUTION
