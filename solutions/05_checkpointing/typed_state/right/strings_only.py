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
    """Only strings are saved, and the types are the business of two functions."""

    class Booking(TypedDict, total=False):
        number: str
        offer: dict[str, Any]
        confirmation: str

    def flatten(offer):
        return {
            "total": str(offer["total"]),
            "tariff": offer["tariff"].name,
            "shipper": offer["shipper"].model_dump_json(),
            "route": list(offer["route"]),
            "legs": [[place, str(price)] for place, price in offer["legs"]],
        }

    def restore(plain):
        return Offer(
            total=Decimal(plain["total"]),
            tariff=Tariff[plain["tariff"]],
            shipper=Shipper.model_validate_json(plain["shipper"]),
            route=tuple(plain["route"]),
            legs=[(place, Decimal(price)) for place, price in plain["legs"]],
        )

    def ask(state):
        return {"offer": flatten(quote(state["number"]))}

    def approve(state):
        interrupt("ok?")

    def confirm(state):
        return {"confirmation": book(restore(state["offer"]))}

    builder = StateGraph(Booking).add_sequence([ask, approve, confirm]).add_edge(START, "ask")
    return builder.compile(checkpointer=saver)
