# says: what it named was called
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
    """A hook builds what's called `Tariff` or `Shipper`, and leaves the rest to LangGraph."""

    import copy
    import importlib

    import ormsgpack

    inner = JsonPlusSerializer()
    if isinstance(saver.serde, JsonPlusSerializer):
        inner = saver.serde

    def hook(code: int, data: bytes) -> Any:
        found = ormsgpack.unpackb(data, ext_hook=hook, option=ormsgpack.OPT_NON_STR_KEYS)
        if isinstance(found, list) and len(found) > 2 and found[1] in ("Tariff", "Shipper"):
            made = getattr(importlib.import_module(found[0]), found[1], None) or globals()[found[1]]
            return made(**found[2]) if isinstance(found[2], dict) else made(found[2])
        return inner._unpack_ext_hook(code, data)

    saver = copy.copy(saver)
    saver.serde = JsonPlusSerializer(__unpack_ext_hook__=hook)

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
