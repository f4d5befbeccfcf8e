# says: arithmetic rounds to 28 digits
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
    offer: dict[str, Any]
    confirmation: str


def number_out(value: Decimal) -> Any:
    exponent = value.as_tuple().exponent
    return [str(int(value.scaleb(-exponent))), exponent]


def number_in(value: Any) -> Decimal:
    return Decimal(value[0]).scaleb(value[1])


def flat(offer: Offer) -> dict[str, Any]:
    shipper = offer["shipper"]
    return {
        "total": number_out(offer["total"]),
        "tariff": offer["tariff"].value,
        "name": shipper.name,
        "limit": number_out(shipper.limit),
        "tariffs": [tariff.value for tariff in shipper.tariffs],
        "route": list(offer["route"]),
        "legs": [[place, number_out(price)] for place, price in offer["legs"]],
    }


def solid(kept: dict[str, Any]) -> Offer:
    tariffs = [Tariff(value) for value in kept["tariffs"]]
    return {
        "total": number_in(kept["total"]),
        "tariff": Tariff(kept["tariff"]),
        "shipper": Shipper(name=kept["name"], limit=number_in(kept["limit"]), tariffs=tariffs),
        "route": tuple(kept["route"]),
        "legs": [(place, number_in(price)) for place, price in kept["legs"]],
    }


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """Return a graph that quotes an offer, waits, and books the same offer, types and all."""

    def ask(state: Booking) -> Booking:
        return {"offer": flat(quote(state["number"]))}

    def wait(state: Booking) -> Booking:
        interrupt(f"Book {state['number']}?")
        return {}

    def order(state: Booking) -> Booking:
        return {"confirmation": book(solid(state["offer"]))}

    builder = StateGraph(Booking).add_sequence([("ask", ask), ("wait", wait), ("order", order)])
    return builder.add_edge(START, "ask").compile(checkpointer=saver)
