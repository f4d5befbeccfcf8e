# says: formats write it in another way
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

    def cents(value):
        return int(value * 100)

    def money(value):
        return Decimal(value) / 100

    def make_offer(state):
        o = quote(state["number"])
        return {
            "offer": {
                "total": cents(o["total"]),
                "tariff": o["tariff"].value,
                "shipper": o["shipper"].model_dump_json(),
                "route": list(o["route"]),
                "legs": [[a, cents(b)] for a, b in o["legs"]],
            }
        }

    def confirm(state):
        interrupt("ok?")
        o = state["offer"]
        return {
            "confirmation": book(
                {
                    "total": money(o["total"]),
                    "tariff": Tariff(o["tariff"]),
                    "shipper": Shipper.model_validate_json(o["shipper"]),
                    "route": tuple(o["route"]),
                    "legs": [(a, money(b)) for a, b in o["legs"]],
                }
            )
        }

    return (
        StateGraph(Booking)
        .add_sequence([make_offer, confirm])
        .add_edge(START, "make_offer")
        .compile(checkpointer=saver)
    )
