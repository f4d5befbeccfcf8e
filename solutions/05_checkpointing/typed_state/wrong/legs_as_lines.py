# says: JSONDecodeError
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


def _pack(offer: Offer) -> dict[str, Any]:
    shipper = offer["shipper"]
    return {
        "total": str(offer["total"]),
        "tariff": offer["tariff"].value,
        "shipper": {
            "name": shipper.name,
            "limit": str(shipper.limit),
            "tariffs": [each.value for each in shipper.tariffs],
        },
        "route": list(offer["route"]),
        "legs": "\n".join(
            json.dumps([place, str(cost)], ensure_ascii=False) for place, cost in offer["legs"]
        ),
    }


def _unpack(plain: dict[str, Any]) -> Offer:
    shipper = plain["shipper"]
    return {
        "total": Decimal(plain["total"]),
        "tariff": Tariff(plain["tariff"]),
        "shipper": Shipper(
            name=shipper["name"],
            limit=Decimal(shipper["limit"]),
            tariffs=[Tariff(each) for each in shipper["tariffs"]],
        ),
        "route": tuple(plain["route"]),
        "legs": [(place, Decimal(cost)) for place, cost in map(json.loads, plain["legs"].splitlines())],
    }


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """The legs are saved as JSON lines."""

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
