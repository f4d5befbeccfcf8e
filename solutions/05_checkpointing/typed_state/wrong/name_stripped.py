# says: became str
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


class Booking(TypedDict, total=False):
    number: str
    slip: str
    confirmation: str


def to_slip(offer: Offer) -> str:
    shipper = offer["shipper"]
    return json.dumps(
        {
            "total": str(offer["total"]),
            "tariff": offer["tariff"].name,
            "name": shipper.name,
            "limit": str(shipper.limit),
            "tariffs": [tariff.name for tariff in shipper.tariffs],
            "route": list(offer["route"]),
            "legs": [[place, str(price)] for place, price in offer["legs"]],
        }
    )


def from_slip(slip: str) -> Offer:
    plain = json.loads(slip)
    tariffs = [Tariff[name] for name in plain["tariffs"]]
    return Offer(
        total=Decimal(plain["total"]),
        tariff=Tariff[plain["tariff"]],
        shipper=Shipper(name=plain["name"].strip(), limit=Decimal(plain["limit"]), tariffs=tariffs),
        route=tuple(plain["route"]),
        legs=[(place, Decimal(price)) for place, price in plain["legs"]],
    )


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """Return a graph that quotes an offer, waits, and books the same offer, types and all."""

    def ask(state: Booking) -> Booking:
        return {"slip": to_slip(quote(state["number"]))}

    def wait(state: Booking) -> Booking:
        interrupt("Book it?")
        return {}

    def order(state: Booking) -> Booking:
        return {"confirmation": book(from_slip(state["slip"]))}

    steps = StateGraph(Booking).add_sequence([("ask", ask), ("wait", wait), ("order", order)])
    return steps.add_edge(START, "ask").compile(checkpointer=saver)
