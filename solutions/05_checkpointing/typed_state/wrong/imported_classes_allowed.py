# says: isn't part of an offer
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


def _tuples(offer: Offer) -> Offer:
    """msgpack has made lists of the tuples."""
    return {**offer, "route": tuple(offer["route"]), "legs": [(place, cost) for place, cost in offer["legs"]]}


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """Allows every class that the notebook has imported."""

    here = Tariff.__module__
    known = [(here, name) for name, each in globals().items() if isinstance(each, type)]
    saver = saver.with_allowlist(known)

    class State(TypedDict, total=False):
        number: str
        offer: Any
        confirmation: str

    def make_offer(state: State):
        return {"offer": quote(state["number"])}

    def approval(state: State):
        interrupt("approve?")

    def make_booking(state: State):
        return {"confirmation": book(_tuples(state["offer"]))}

    builder = StateGraph(State)
    builder.add_node("make_offer", make_offer)
    builder.add_node("approval", approval)
    builder.add_node("make_booking", make_booking)
    builder.add_edge(START, "make_offer")
    builder.add_edge("make_offer", "approval")
    builder.add_edge("approval", "make_booking")
    builder.add_edge("make_booking", END)
    return builder.compile(checkpointer=saver)
