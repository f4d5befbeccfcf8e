# says: let your code name the classes
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


def _plain(value: Any) -> Any:
    kind = type(value).__name__
    if isinstance(value, Decimal):
        return {"call": "Decimal", "with": str(value)}
    if isinstance(value, Enum):
        return {"call": kind, "with": value.value}
    if isinstance(value, BaseModel):
        return {"call": kind, "fields": {key: _plain(each) for key, each in value}}
    if isinstance(value, tuple):
        return {"call": "tuple", "with": [_plain(each) for each in value]}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if isinstance(value, dict):
        made = tuple if value["call"] == "tuple" else globals()[value["call"]]
        if "fields" in value:
            return made(**{key: _typed(each) for key, each in value["fields"].items()})
        return made(_typed(value["with"]))
    return value


def _pack(offer: Offer) -> dict[str, Any]:
    return {key: _plain(value) for key, value in offer.items()}


def _unpack(plain: dict[str, Any]) -> Offer:
    return {key: _typed(value) for key, value in plain.items()}


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """A row says which of the notebook's classes each value is of."""

    class State(TypedDict, total=False):
        number: str
        offer: dict[str, Any]
        confirmation: str

    def make_offer(state: State):
        return {"offer": _pack(quote(state["number"]))}

    def approval(state: State):
        interrupt("approve?")

    def make_booking(state: State):
        return {"confirmation": book(_unpack(state["offer"]))}

    builder = StateGraph(State)
    builder.add_node("make_offer", make_offer)
    builder.add_node("approval", approval)
    builder.add_node("make_booking", make_booking)
    builder.add_edge(START, "make_offer")
    builder.add_edge("make_offer", "approval")
    builder.add_edge("approval", "make_booking")
    builder.add_edge("make_booking", END)
    return builder.compile(checkpointer=saver)
