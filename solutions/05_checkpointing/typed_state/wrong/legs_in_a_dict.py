# says: exactly as it was quoted
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
        o = quote(state["number"])
        return {
            "offer": {
                "total": str(o["total"]),
                "tariff": o["tariff"].value,
                "shipper": o["shipper"].model_dump_json(),
                "route": list(o["route"]),
                "legs": {a: str(b) for a, b in o["legs"]},
            }
        }

    def confirm(state):
        interrupt("ok?")
        o = state["offer"]
        return {
            "confirmation": book(
                {
                    "total": Decimal(o["total"]),
                    "tariff": Tariff(o["tariff"]),
                    "shipper": Shipper.model_validate_json(o["shipper"]),
                    "route": tuple(o["route"]),
                    "legs": [(a, Decimal(b)) for a, b in o["legs"].items()],
                }
            )
        }

    return (
        StateGraph(Booking)
        .add_sequence([make_offer, confirm])
        .add_edge(START, "make_offer")
        .compile(checkpointer=saver)
    )
